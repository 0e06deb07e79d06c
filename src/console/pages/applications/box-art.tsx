// The picture of an application, as clients are given it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { answer, api } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { words } from '../../words.ts';
import type { Application } from './application.ts';

const say = words.applications.art;

/** Of each application: so often it was given another picture here, so that the browser does not show the old one. */
const versions = new Map<number, number>();

export function BoxArt({ id, alt, width_px }: { id: number; alt: string; width_px: number }) {
  const address = `/api/v1/applications/${id}/box-art?${versions.get(id) ?? 0}`;
  return (
    <img className="box-art" src={address} alt={alt} width={width_px} height={(width_px * 4) / 3} draggable={false} />
  );
}

export function ChooseArt({ application: { id, title, has_box_art } }: { application: Application }) {
  const file = useRef<HTMLInputElement>(null);
  const keep = useQueryClient();
  const path = { id };
  const onSuccess = (saved: Application) => {
    versions.set(id, (versions.get(id) ?? 0) + 1);
    keep.setQueryData(['applications', id], saved);
    return keep.invalidateQueries({ queryKey: ['applications'], exact: true });
  };
  const upload = useMutation({
    mutationFn: (picture: File) =>
      answer(
        api.PUT('/api/v1/applications/{id}/box-art', {
          params: { path },
          body: picture as never,
          bodySerializer: (body) => body,
          headers: { 'content-type': 'image/png' },
        }),
      ),
    onSuccess,
    meta: { done: say.saved },
  });
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/applications/{id}/box-art', { params: { path } })),
    onSuccess,
    meta: { done: say.removed },
  });
  return (
    <Panel title={say.title}>
      <div className="art">
        <BoxArt id={id} alt={say.alt(title)} width_px={120} />
        <div className="stack tight">
          <input
            ref={file}
            type="file"
            accept="image/png"
            hidden
            onChange={({ target }) => {
              const [picture] = target.files ?? [];
              if (picture) upload.mutate(picture);
              target.value = '';
            }}
          />
          <Button isPending={upload.isPending} onPress={() => file.current?.click()}>
            {say.choose}
          </Button>
          {has_box_art && (
            <Button kind="quiet" isPending={remove.isPending} onPress={() => remove.mutate()}>
              {say.remove}
            </Button>
          )}
          <p className="soft small">{say.about}</p>
        </div>
      </div>
    </Panel>
  );
}
