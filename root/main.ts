import { serve } from "./serve.ts";

// A terminal's Ctrl-C reaches this process too, and a transaction that has begun is finished; the other side reports.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
// Whoever asked may be gone: what was begun is finished and logged all the same.
process.stdout.on("error", () => undefined);

process.umask(0o022);
process.chdir("/");
process.exitCode = await serve(process.stdin, process.stdout);
process.stdin.destroy();
