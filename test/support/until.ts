/** Waits for something that another process does. Throws when it has not happened after a generous while. */
export async function until(happened: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await happened())) {
    if (Date.now() > deadline) throw new Error(`it did not happen in ${limitMs} ms: ${happened}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
