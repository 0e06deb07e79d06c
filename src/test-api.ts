// The API at a host's socket for tests, which also ask what the types of the API do not allow.

import { askHost } from './management/client.ts';

export class TestApi {
  readonly #data_dir: string;

  constructor(data_dir: string) {
    this.#data_dir = data_dir;
  }

  get = <T>(path: string) => askHost(this.#data_dir, 'GET', path) as Promise<T>;
  post = <T>(path: string, body: object) => askHost(this.#data_dir, 'POST', path, body) as Promise<T>;
  put = <T>(path: string, body: object) => askHost(this.#data_dir, 'PUT', path, body) as Promise<T>;
  patch = <T>(path: string, body: object) => askHost(this.#data_dir, 'PATCH', path, body) as Promise<T>;
  delete = <T>(path: string) => askHost(this.#data_dir, 'DELETE', path) as Promise<T>;
}
