/** A WAV file (RIFF, 16-bit stereo, 48 kHz) with one tone on both channels. */
export function toneWav(frequency_hz: number, duration_s: number): Buffer {
  const rate = 48_000;
  const frames = Math.round(rate * duration_s);
  const data_bytes = frames * 4;
  const wav = Buffer.alloc(44 + data_bytes);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + data_bytes, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(2, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 4, 28);
  wav.writeUInt16LE(4, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(data_bytes, 40);
  for (let i = 0; i < frames; ++i) {
    const sample = Math.round(12_000 * Math.sin((2 * Math.PI * frequency_hz * i) / rate));
    wav.writeInt16LE(sample, 44 + i * 4);
    wav.writeInt16LE(sample, 46 + i * 4);
  }
  return wav;
}
