// The words of commands that stream from a host: which picture is asked for, and how the host is got into.

import { default_base_port } from '../../src/ports.ts';
import { type Option, UsageError, whole, words } from './options.ts';

const pin: Option<string | undefined> = {
  value: 'NNNN',
  text: 'pair with HOST first; to be typed there',
  read(name, word) {
    if (word === undefined) return undefined;
    if (typeof word !== 'string' || !/^\d{4}$/.test(word))
      throw new UsageError(`--${name} wants four digits, not "${word}"`);
    return word;
  },
};

export const picture_options = {
  width: whole('of the picture that is asked for', 1280, 64, 8192),
  height: whole('of the picture that is asked for', 720, 64, 8192),
  fps: whole('asked for', 60, 1, 1000),
  'bitrate-kbps': whole('asked for', 10_000, 100, 2_000_000),
};

/** So wide is the beacon's code (native/beacon/beacon_code.h), which nobody reads in a picture that is not. */
const code_px = 512;
export const readable_width = (text: string) =>
  whole(`${text}; the beacon's code takes ${code_px}`, 1280, code_px, 8192);

export const host_options = {
  app: words('NAME', 'which application of HOST (Desktop, or its first)'),
  port: whole("HOST's HTTP port", default_base_port, 1, 65_535),
  pin,
  'probe-dir': words('DIR', "identity and paired hosts (the probe's)"),
};

export const beacon_options = {
  'beacon-command': words('LINE', 'what runs punktfunk-beacon on the desktop of HOST, by sh: ssh HOST …'),
};
