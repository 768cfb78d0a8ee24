import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { lastLines } from "../../host/git.ts";
import { type OwnGit, ownEnvironment } from "../../host/own-git.ts";
import { run } from "../../host/run.ts";
import { fingerprintOfKey } from "../../policy/signers/trust-keys.ts";
import { OmgError } from "../../schema/error.ts";
import type { TrustKey } from "../../schema/wire/trust-schema.ts";
import type { Context } from "../context.ts";
import { TRUST_NAMESPACE } from "./trust.ts";

const SSH_KEYGEN = "/usr/bin/ssh-keygen";
const GPG = "/usr/bin/gpg";

/** The key that the person's git signs with. */
export interface OwnKey {
  readonly fingerprint: string;
  readonly key: TrustKey;
  /** A signature beside this text, in ASCII armour. Errors: OmgError `signing-failed`. */
  sign(text: string): Promise<string>;
}

/** @throws OmgError `no-signing-key`, `signing-failed` */
export async function ownKey(ctx: Context, git: OwnGit): Promise<OwnKey> {
  const named = await git.setting("user.signingkey");
  if (named === undefined || named === "") throw noKey();
  const owner = (await git.setting("user.email")) ?? ctx.user;
  const format = (await git.setting("gpg.format")) ?? "openpgp";
  if (format === "ssh") return sshKeyOf(ctx, named, owner);
  if (format === "openpgp") return pgpKeyOf(ctx, named, owner);
  throw noKey();
}

/** git-config(1), user.signingKey: a file, or the key itself, which an agent holds then. */
async function sshKeyOf(ctx: Context, named: string, owner: string): Promise<OwnKey> {
  const literal = /^(?:key::)?((?:ssh|ecdsa|sk)-\S+ \S+)/.exec(named)?.[1];
  const file = resolve(ctx.cwd, named.replace(/^~(?=\/)/, ctx.home));
  const publicFile = [file, `${file}.pub`].find((each) => each.endsWith(".pub") && existsSync(each));
  const line = literal ?? (publicFile === undefined ? undefined : readFileSync(publicFile, "utf8"));
  const [type, blob] = line?.trim().split(/\s+/) ?? [];
  if (type === undefined || blob === undefined) throw noKey();
  const key = { owner, ssh: `${type} ${blob}` };
  const sign = async (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), "omg-sign-"));
    try {
      const held = join(folder, "key.pub");
      writeFileSync(held, `${key.ssh}\n`);
      const from = literal === undefined ? file : held;
      return await answer(ctx, SSH_KEYGEN, ["-Y", "sign", "-q", "-n", TRUST_NAMESPACE, "-f", from], text);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return { fingerprint: await fingerprintOfKey(key), key, sign };
}

async function pgpKeyOf(ctx: Context, named: string, owner: string): Promise<OwnKey> {
  const minimal = ["--batch", "--armor", "--export-options", "export-minimal"];
  const key = { owner, pgp: await answer(ctx, GPG, [...minimal, "--export", "--", named.replace(/!$/, "")]) };
  if (key.pgp === "") throw noKey();
  const sign = (text: string) => answer(ctx, GPG, ["--armor", "--detach-sign", "--local-user", named], text);
  return { fingerprint: await fingerprintOfKey(key), key, sign };
}

async function answer(ctx: Context, program: string, args: readonly string[], input?: string): Promise<string> {
  const options = { env: ownEnvironment(ctx.env), signal: ctx.signal };
  const ran = await run(program, args, input === undefined ? options : { ...options, input });
  if (ran.code === 0) return ran.stdout;
  throw new OmgError({
    code: "signing-failed",
    exit: "error",
    message: `${program} did not do what it was asked for.`,
    details: lastLines(ran.stderr),
    state: "Nothing was written.",
  });
}

function noKey(): OmgError {
  return new OmgError({
    code: "no-signing-key",
    exit: "error",
    message: "git has no key here that it signs commits with.",
    state: "Nothing was written.",
    hint: "Set one: `git config --global gpg.format ssh` and `git config --global user.signingkey ~/.ssh/id_ed25519.pub`; or an OpenPGP key.",
  });
}
