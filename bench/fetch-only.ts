import { homedir } from "node:os";
import { join } from "node:path";
import { apply } from "../app/commands/apply.ts";

/** omg's own apply, of the lock that is named or the nearest, ended once everything is fetched and verified: nothing is installed. */

const [, , lock] = process.argv;
let started = 0;
let fetched = 0;
let artifacts = 0;

await apply(
  {
    cwd: process.cwd(),
    env: process.env,
    uid: process.getuid?.() ?? 0,
    user: "root",
    home: homedir(),
    elevated: false,
    now: () => new Date(),
    signal: new AbortController().signal,
    program: join(import.meta.dirname, "../../dist"),
    emit: (event) => {
      if (event.type === "planned") artifacts = event.plan.transactions.flatMap((each) => each.artifacts).length;
      if (event.type !== "stage") return;
      if (event.stage === "fetch" && event.state === "started") started = performance.now();
      if (event.stage === "verify" && event.state === "started") fetched = performance.now();
      if (event.stage === "verify" && event.state === "finished") end();
    },
  },
  { yes: true, ...(lock === undefined ? {} : { lock }) },
);

function end(): never {
  console.log(`fetched ${artifacts} in ${(fetched - started).toFixed(1)} ms`);
  console.log(`judged ${artifacts} in ${(performance.now() - fetched).toFixed(1)} ms`);
  console.log(`verified ${artifacts} in ${(performance.now() - started).toFixed(1)} ms`);
  process.exit(0);
}
