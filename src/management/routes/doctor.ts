import { Examination } from '../../doctor/examination.ts';
import { route } from '../route.ts';

export const doctor_routes = [
  route({
    method: 'GET',
    path: '/doctor',
    access: 'read',
    summary: 'The latest examination of what streaming needs, also while it goes on',
    schema: { answer: Examination },
    handler: ({ service }) => service.doctor.latest,
  }),
  route({
    method: 'POST',
    path: '/doctor',
    access: 'operate',
    summary: 'Examine the machine, unless that goes on',
    schema: { answer: Examination },
    handler: ({ service }) => service.doctor.start(),
  }),
  route({
    method: 'DELETE',
    path: '/doctor',
    access: 'operate',
    summary: 'End the examination that goes on',
    schema: { answer: Examination },
    handler: ({ service }) => service.doctor.cancel(),
  }),
];
