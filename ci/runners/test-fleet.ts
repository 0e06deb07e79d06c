// A fleet for tests: two machines, one runner.

export const host_key = `ssh-ed25519 ${'A'.repeat(68)}`;
export const public_key = `ssh-ed25519 ${'B'.repeat(68)}`;
export const old_digest = `sha256:${'0'.repeat(64)}`;
export const wanted_digest = `sha256:${'1'.repeat(64)}`;

export const fleet = {
  image: 'registry.example/owner/punktfunk',
  digest: wanted_digest,
  machines: [
    { name: 'sofa', address: '192.0.2.1', user: 'core', host_key },
    { name: 'desk', address: '192.0.2.2', user: 'core', port: 2222, host_key },
  ],
  runners: [
    {
      name: 'bench',
      address: '192.0.2.3',
      user: 'core',
      host_key,
      labels: ['punktfunk-hardware', 'bazzite'],
      authorized_keys: [`${public_key} ci@example.org`],
    },
  ],
  runner_service: {
    url: 'https://example.org/owner/punktfunk',
    archive_url: 'https://example.org/runner/runner-linux-x64.tar.gz',
    archive_sha256: 'a'.repeat(64),
  },
};
