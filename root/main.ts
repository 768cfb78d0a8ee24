import { takeUserSignals } from "../host/no-debugger.ts";
import { serve } from "./serve.ts";
import { createStop } from "./stop.ts";

// A terminal's Ctrl-C reaches this process too: before a transaction it is a no, and one that has begun is finished.
// sudo(8) passes on what its caller sends it, and left alone these would end the process at once, or (SIGUSR1) have Node open
// its debugger to everybody on the machine.
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const stop = createStop();
for (const signal of SIGNALS) process.on(signal, stop.now);
takeUserSignals(stop.now);
// Whoever asked may be gone: what was begun is finished and logged all the same.
process.stdout.on("error", () => undefined);

process.umask(0o022);
process.chdir("/");
// What is true when nothing is waited for any more before the end.
process.exitCode = 1;
void serve(process.stdin, process.stdout, stop).then((exit) => {
  process.exitCode = exit;
  process.stdin.destroy();
});
