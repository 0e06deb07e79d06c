// Who changes what an application runs, or tries it, runs programs as this user: that needs the password. Names, order and pictures do not.

import { Type } from 'typebox';
import { max_png_bytes } from '../../apps/png.ts';
import { route } from '../route.ts';
import {
  Application,
  ApplicationChange,
  ApplicationEdit,
  ApplicationOrder,
  ApplicationPath,
  ApplicationSummary,
  Trial,
} from '../schema/applications.ts';

const png = { content_type: 'image/png' };

const list_routes = [
  route({
    method: 'GET',
    path: '/applications',
    access: 'read',
    summary: 'The applications, in the order in which clients list them',
    schema: { answer: Type.Array(ApplicationSummary) },
    handler: ({ service }) => service.applications.list(),
  }),
  route({
    method: 'POST',
    path: '/applications',
    access: 'admin_recent',
    summary: 'Add an application',
    schema: { body: ApplicationEdit, answer: Application },
    handler: ({ service, body }) => service.applications.add(body),
    subject: ({ title }) => title,
  }),
  route({
    method: 'PUT',
    path: '/applications/order',
    access: 'admin',
    summary: 'Put the applications into another order',
    schema: { body: ApplicationOrder, answer: Type.Array(ApplicationSummary) },
    handler: ({ service, body }) => service.applications.order(body.ids),
  }),
  route({
    method: 'POST',
    path: '/applications/try',
    access: 'admin_recent',
    summary: 'Run an application on the desktop for at most 10 s and hear what it says; it is ended with the request',
    schema: { body: ApplicationEdit, answer: Trial },
    handler: ({ service, body, reply }) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return service.applications.tryOut(body, gone.signal);
    },
    subject: (_, { title }) => title,
  }),
];

const one_routes = [
  route({
    method: 'GET',
    path: '/applications/:id',
    access: 'admin',
    summary: 'An application with its commands',
    schema: { params: ApplicationPath, answer: Application },
    handler: ({ service, params }) => service.applications.find(params.id),
  }),
  route({
    method: 'PUT',
    path: '/applications/:id',
    access: 'admin_recent',
    summary: 'Change an application that nobody else has changed since it was read; its id stays',
    schema: { params: ApplicationPath, body: ApplicationChange, answer: Application },
    handler: ({ service, params, body }) => service.applications.replace(params.id, body),
    subject: ({ title }) => title,
  }),
  route({
    method: 'DELETE',
    path: '/applications/:id',
    access: 'admin_recent',
    summary: 'Remove an application; what runs of it goes on',
    schema: { params: ApplicationPath, answer: ApplicationSummary },
    handler: ({ service, params }) => service.applications.remove(params.id),
    subject: ({ title }) => title,
  }),
];

const box_art_routes = [
  route({
    method: 'GET',
    path: '/applications/:id/box-art',
    access: 'read',
    summary: 'The picture of an application that clients are given',
    schema: { params: ApplicationPath, answer: png },
    handler: ({ service, params }) => service.applications.boxArt(params.id),
  }),
  route({
    method: 'PUT',
    path: '/applications/:id/box-art',
    access: 'admin',
    summary: 'Give an application a picture: PNG, at most 1 MiB and 2048 points a side',
    schema: { params: ApplicationPath, upload: { ...png, max_bytes: max_png_bytes }, answer: Application },
    handler: ({ service, params, body }) => service.applications.keepBoxArt(params.id, body),
  }),
  route({
    method: 'DELETE',
    path: '/applications/:id/box-art',
    access: 'admin',
    summary: 'Take the picture of an application away: clients are given one that is drawn',
    schema: { params: ApplicationPath, answer: Application },
    handler: ({ service, params }) => service.applications.removeBoxArt(params.id),
  }),
];

export const application_routes = [...list_routes, ...one_routes, ...box_art_routes];
