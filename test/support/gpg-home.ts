import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ENV = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };

export interface SignOptions {
  /** Keys to sign with, by fingerprint; several make one block of several signatures. */
  readonly keys: readonly string[];
  readonly at: Date;
  readonly digest?: "SHA1" | "SHA256" | "SHA512";
}

/** A real gpg with a folder and a clock of its own. */
export class GpgHome {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "gpg-"));
  }

  /** Makes a signing key without a passphrase and gives its fingerprint. `expire`: gpg's form, `30d`, `0` for never. */
  makeKey(name: string, options: { readonly at: Date; readonly expire?: string; readonly type?: string }): string {
    const { at, expire = "0", type = "ed25519" } = options;
    const mail = `${name} <${name}@omg.test>`;
    this.gpg(at, ["--passphrase", "", "--quick-gen-key", mail, type, "sign", expire]);
    return this.#fingerprints(mail, at)[0] ?? "";
  }

  /** Adds a signing subkey and gives its fingerprint. */
  addSubkey(key: string, options: { readonly at: Date; readonly expire?: string }): string {
    this.gpg(options.at, ["--passphrase", "", "--quick-add-key", key, "ed25519", "sign", options.expire ?? "0"]);
    return this.#fingerprints(key, options.at).at(-1) ?? "";
  }

  /** Revokes a key with the certificate that gpg made along with it. */
  revoke(key: string, at: Date): void {
    const certificate = readFileSync(join(this.folder, "openpgp-revocs.d", `${key}.rev`), "utf8").replace(
      /^:(?=-----)/m,
      "",
    );
    const file = join(this.folder, "revoke.asc");
    writeFileSync(file, certificate);
    this.gpg(at, ["--import", file]);
  }

  /** Writes the public keys to a file, binary or armoured. */
  exportTo(file: string, keys: readonly string[], form: "binary" | "armour" = "binary"): string {
    this.gpg(undefined, ["--yes", ...(form === "armour" ? ["--armor"] : []), "-o", file, "--export", ...keys]);
    return file;
  }

  clearsign(from: string, to: string, options: SignOptions): string {
    this.gpg(options.at, [...signing(options), "-o", to, "--clearsign", from]);
    return to;
  }

  detach(from: string, to: string, options: SignOptions, form: "binary" | "armour" = "armour"): string {
    this.gpg(options.at, [
      ...signing(options),
      ...(form === "armour" ? ["--armor"] : []),
      "-o",
      to,
      "--detach-sign",
      from,
    ]);
    return to;
  }

  gpg(at: Date | undefined, args: readonly string[]): string {
    const clock = at === undefined ? [] : ["--faked-system-time", `${Math.floor(at.getTime() / 1000)}!`];
    const common = [
      "--homedir",
      this.folder,
      "--batch",
      "--quiet",
      "--no-tty",
      "--pinentry-mode",
      "loopback",
      "--no-default-keyring",
    ];
    const keyring = [
      "--keyring",
      join(this.folder, "pubring.kbx"),
      "--allow-weak-key-signatures",
      "--ignore-time-conflict",
      "--ignore-valid-from",
    ];
    return execFileSync("gpg", [...common, ...keyring, ...clock, ...args], {
      env: ENV,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  dispose(): void {
    execFileSync("gpgconf", ["--homedir", this.folder, "--kill", "all"], { env: ENV, stdio: "ignore" });
    rmSync(this.folder, { recursive: true, force: true });
  }

  #fingerprints(key: string, at: Date): string[] {
    const listing = this.gpg(at, ["--with-colons", "--fingerprint", "--fingerprint", "--list-keys", key]);
    return [...listing.matchAll(/^fpr:+([0-9A-F]+):/gm)].map(([, fingerprint]) => fingerprint ?? "");
  }
}

function signing(options: SignOptions): string[] {
  const digest = options.digest === undefined ? [] : ["--digest-algo", options.digest];
  return ["--yes", ...digest, ...options.keys.flatMap((key) => ["-u", `${key}!`])];
}
