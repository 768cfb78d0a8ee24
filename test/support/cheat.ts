import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { GpgHome, SignOptions } from "./gpg-home.ts";
import type { OmgLab } from "./omg-lab.ts";
import { expectRefusal } from "./refusal.ts";

/** How one way to cheat is to end. */
export interface Caught {
  /** Of the evidence or the problem in the plan, or where the plan cannot know, of the error. */
  readonly code: string;
  readonly exit: 4 | 8;
  readonly says?: readonly (string | RegExp)[];
}

/** The whole of `omg apply` refuses: with this code, this exit code, and a machine as it was to the last byte. */
export async function expectCaught(lab: OmgLab, { code, exit, says = [] }: Caught): Promise<void> {
  const plan = await lab.omg(["plan", "--json"]);
  const error = await lab.omg(["apply", "--yes", "--json"]);
  const codes = [...`${plan.stdout}${error.stdout}`.matchAll(/"code": "([a-z-]+)"/g)].map(([, found]) => found);
  expect(codes, error.stderr).toContain(code);
  await expectRefusal(lab, { exit, says });
}

/** apt's copy of a signed file of the lab's own source. */
export function listed(lab: OmgLab, ending: string): string {
  const folder = join(lab.apt.root, "var/lib/apt/lists");
  const name = readdirSync(folder).find((each) => each.endsWith(ending));
  if (name === undefined) throw new Error(`apt keeps no ${ending}`);
  return join(folder, name);
}

/** Signs apt's copy of the Release file anew, by the real gpg, after `edit` had its way with the text. */
export function resign(lab: OmgLab, gpg: GpgHome, options: SignOptions, edit = (text: string) => text): void {
  const path = listed(lab, "InRelease");
  const document = readFileSync(path, "utf8");
  const text = document.slice(document.indexOf("\n\n") + 2, document.indexOf("\n-----BEGIN PGP SIGNATURE-----") + 1);
  const plain = join(gpg.folder, "Release");
  writeFileSync(plain, edit(text));
  gpg.clearsign(plain, path, options);
}

/** Binds the lab's source to these keys, as they are now. */
export function bindTo(lab: OmgLab, gpg: GpgHome, keys: readonly string[]): void {
  gpg.exportTo(join(lab.apt.root, "etc/apt/keyrings/omg.gpg"), keys);
}
