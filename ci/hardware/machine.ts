// Which machine this is: by its kind, so that no serial number, host name or address of it is ever in the repository.

import { machine, told } from '../../harness/kit/machine.ts';
import type { MachineRun, Missing } from '../../harness/kit/machine-run.ts';
import { graphicsOf } from './graphics.ts';

type Described = Pick<MachineRun, 'machine' | 'versions'> & { readonly missing: Missing[] };

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** Of a kind of machine: two of a kind have one baseline, unless they are given names. Numbers of a bus, since lists of names change. */
export function nameOf({ chip, cores, graphics }: Pick<MachineRun['machine'], 'chip' | 'cores' | 'graphics'>): string {
  const cards = graphics.map(({ id, driver }) => (id === '' ? driver.split(' ')[0] : id)).sort();
  return slug([chip, `${cores} cores`, ...(cards.length > 0 ? cards : ['no graphics'])].join(' ')).slice(0, 100);
}

export function describe(given_name: string | undefined): Described {
  const { graphics, missing } = graphicsOf();
  const here = machine();
  const session = process.env.WAYLAND_DISPLAY ?? process.env.DISPLAY;
  const desktop = session === undefined ? undefined : (process.env.XDG_CURRENT_DESKTOP ?? 'unknown');
  if (desktop === undefined)
    missing.push({
      what: 'a desktop that is there',
      why: 'neither WAYLAND_DISPLAY nor DISPLAY is set: no session is here.',
    });
  return {
    machine: {
      name: given_name ?? nameOf({ ...here, graphics }),
      ...here,
      graphics,
      ...(desktop === undefined ? {} : { desktop }),
    },
    versions: software(),
    missing,
  };
}

const firstOf = (pattern: RegExp, text: string | undefined): string | undefined => pattern.exec(text ?? '')?.[1];

function software(): Record<string, string> {
  const found = {
    pipewire: firstOf(/Linked with libpipewire (\S+)/, told('pipewire', '--version')),
    wireplumber: firstOf(/Linked with libwireplumber (\S+)/, told('wireplumber', '--version')),
    sway: firstOf(/version (\S+)/, told('sway', '--version')),
    libavcodec: told('pkg-config', '--modversion', 'libavcodec'),
    mesa: packageVersion('libgl1-mesa-dri', 'mesa-dri-drivers', 'mesa'),
  };
  return Object.fromEntries(Object.entries(found).flatMap(([name, version]) => (version ? [[name, version]] : [])));
}

/** As Debian, Fedora and Arch call the same package. */
const packageVersion = (debian: string, fedora: string, arch: string): string | undefined =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
  told('dpkg-query', '--show', '--showformat=${Version}', debian) ??
  told('rpm', '--query', '--queryformat=%{VERSION}-%{RELEASE}', fedora) ??
  told('pacman', '--query', arch)?.split(' ')[1];
