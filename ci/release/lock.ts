// The npm packages that the product runs with, from package-lock.json (lockfileVersion 3), and which of them needs which.

export interface LockedPackage {
  name: string;
  version: string;
  license: string;
  /** SHA-512 of the package's archive, hexadecimal; empty when the lock has none. */
  sha512: string;
  /** name@version of what it needs. */
  needs: string[];
}

interface Entry {
  version?: string;
  license?: string;
  integrity?: string;
  name?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export const keyOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`;

/** Packages by name@version, and those that the product itself asks for. Throws a sentence when the lock does not hold together. */
export function productionPackages(lock: unknown): { roots: string[]; packages: Map<string, LockedPackage> } {
  const entries = (lock as { packages?: Record<string, Entry> } | null)?.packages;
  const root = entries?.[''];
  if (!entries || !root) throw new Error('The lock file has no "packages": it is not one of npm 7 or later.');
  const packages = new Map<string, LockedPackage>();

  const visit = (path: string): string => {
    const entry = entries[path] as Entry;
    const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (entry.version === undefined) throw new Error(`The lock file has no version for ${path}.`);
    const key = keyOf({ name, version: entry.version });
    if (packages.has(key)) return key;
    const found: LockedPackage = {
      name,
      version: entry.version,
      license: entry.license ?? 'NOASSERTION',
      sha512: hexOf(entry.integrity),
      needs: [],
    };
    packages.set(key, found);
    found.needs = needsOf(path, entry);
    return key;
  };
  const needsOf = (path: string, entry: Entry): string[] =>
    Object.keys(entry.dependencies ?? {})
      .map((name) => visit(resolve(path, name)))
      .sort();
  // As Node finds it: beside the one who asks, then one folder of packages up at a time.
  const resolve = (from: string, name: string): string => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
      if (entries[path]) return path;
      if (folder === '') throw new Error(`The lock file has no package ${name}, which ${from || 'the product'} needs.`);
    }
  };
  return { roots: needsOf('', root), packages };
}

/** The pinned runtime: an optional dependency, because its package is made for one kind of machine. */
export function lockedRuntime(lock: unknown, name: string): LockedPackage {
  const entry = (lock as { packages?: Record<string, Entry> } | null)?.packages?.[`node_modules/${name}`];
  if (entry?.version === undefined) throw new Error(`The lock file does not pin ${name}.`);
  return {
    name,
    version: entry.version,
    license: entry.license ?? 'NOASSERTION',
    sha512: hexOf(entry.integrity),
    needs: [],
  };
}

function hexOf(integrity: string | undefined): string {
  const [, base64] = /^sha512-([A-Za-z0-9+/=]+)$/.exec(integrity ?? '') ?? [];
  return base64 === undefined ? '' : Buffer.from(base64, 'base64').toString('hex');
}
