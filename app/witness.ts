import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, openSync, writeSync } from "node:fs";
import { canonical } from "../host/canonical-json.ts";
import { OmgError } from "../schema/error.ts";
import type { Witness } from "../schema/model/witness.ts";
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";

/** Who is told where the logs that root writes end: the file that the machine's config.toml names. */
export async function witnessesFor(ctx: Context): Promise<readonly Witness[]> {
  if (ctx.uid !== 0) return [];
  const path = await witnessPath(ctx);
  return path === undefined ? [] : [fileWitness(path)];
}

/** The witness file of this machine; undefined where its config.toml names none. */
export async function witnessPath(ctx: Context): Promise<string | undefined> {
  return (await readConfig(ctx, "system"))?.audit?.witness;
}

/** A file that heads are added to, one a line, and that is never read here nor written anew: it may lie where only adding is allowed. */
function fileWitness(path: string): Witness {
  return {
    name: path,
    note: (head) => {
      const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
      const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
      try {
        const facts = fstatSync(fd);
        if (!facts.isFile()) throw notFile(path);
        if (facts.size === 0) fchmodSync(fd, 0o644); // whatever the umask: anybody may check the log by it
        writeSync(fd, `${canonical(head)}\n`);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}

function notFile(path: string): OmgError {
  return new OmgError({ code: "not-a-regular-file", exit: "error", message: `${path} is not a regular file.` });
}
