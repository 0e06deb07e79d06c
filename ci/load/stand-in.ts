// What the host is compared with: the least that answers the same requests with as many bytes. Tells its port.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer = 'x'.repeat(Number(process.argv[2]));
const server = createServer((_, response) => response.end(answer));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
