/** The promise's value. Throws Error with `sentence` after `limit_ms`. */
export async function inTime<T>(promise: Promise<T>, limit_ms: number, sentence: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(sentence)), limit_ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
