// A picture of the desktop for a person's page, beside any stream: taken by an engine that streams nothing.

import { Type } from 'typebox';
import { type Static, struct, Text, tagged, Whole } from './schema.ts';
import { max_side_px, PipeWireNodeTarget, SyntheticTarget, WlrootsTarget } from './video.ts';

/** What can be looked at by more than one at a time: the portal gives its picture to the one that was granted it. */
export const PreviewTarget = tagged('PreviewTarget', 'kind', [WlrootsTarget, PipeWireNodeTarget, SyntheticTarget]);
export type PreviewTarget = Static<typeof PreviewTarget>;

/** Asked for again and again, one after the other: answered by `preview` or `preview_failed`. */
export const TakePreview = struct('TakePreview', {
  type: Type.Literal('take_preview'),
  target: PreviewTarget,
  /** A wider picture is scaled to it. */
  max_width_px: Whole(64, 1920, 2),
});

/** A JPEG file. */
export const PreviewPicture = struct('PreviewPicture', {
  type: Type.Literal('preview'),
  width: max_side_px,
  height: max_side_px,
  jpeg_base64: Text(1_000_000),
});
export type PreviewPicture = Static<typeof PreviewPicture>;
