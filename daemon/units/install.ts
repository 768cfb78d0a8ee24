import { chownSync, lstatSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setup } from "../../app/commands/setup.ts";
import type { Context } from "../../app/context.ts";
import { ownCommand } from "../../app/here/keep.ts";
import { wholeHostKey } from "../../app/team/host.ts";
import { makeFolder, writeAtomic } from "../../host/files.ts";
import { pathsFor } from "../../host/paths.ts";
import { type RunOptions, run } from "../../host/run.ts";
import { changeableByOthers } from "../../host/trusted-path.ts";
import { OmgError } from "../../schema/error.ts";
import { configFolderOf, readSettings } from "../settings.ts";
import { accountOf, letServiceRead } from "./identity.ts";
import { SERVICE_ENV } from "./service-env.ts";
import { refuseWithoutSystemd, systemctl } from "./systemd.ts";
import {
  ACCOUNT,
  accountFile,
  personalUnit,
  ROOT_SERVICE,
  rootServiceUnit,
  SERVICE,
  SOCKET,
  serviceUnit,
  socketUnit,
} from "./texts.ts";

export interface InstallOptions {
  /** For the machine, as root; otherwise for whoever asks. */
  readonly system?: boolean;
  /** Do it; otherwise only say what would be done. */
  readonly yes?: boolean;
  /** Takes it away again. */
  readonly remove?: boolean;
}

export interface InstallResult {
  readonly files: readonly string[];
  readonly done: boolean;
  /** Whom it runs as. */
  readonly account: string;
  /** What it keeps, which stays when it is removed. */
  readonly keeps: string;
}

const UNITS = "/etc/systemd/system";
const ACCOUNT_FILE = "/etc/sysusers.d/omgd.conf";

/**
 * Has systemd run omgd, for the machine or for one person; without `yes` it only says what that would be. Whatever is checked is checked before
 * the first file is written.
 * @throws OmgError `usage`, `no-systemd`, `no-repository`, `config-invalid`, `unsafe-installation`, `systemd-failed`
 */
export async function installService(ctx: Context, options: InstallOptions): Promise<InstallResult> {
  refuseOther(ctx, options);
  refuseWithoutSystemd();
  const isMachine = options.system === true;
  const files = isMachine
    ? [ACCOUNT_FILE, ...[SERVICE, SOCKET, ROOT_SERVICE].map((name) => join(UNITS, name))]
    : [join(personalFolder(ctx), SERVICE)];
  // omg-root comes along, and stays: others may ask it through sudo.
  const more = isMachine && options.remove !== true ? (await setup(ctx, {})).files : [];
  const result = {
    files: [...files, ...more],
    done: options.yes ?? false,
    account: isMachine ? ACCOUNT : ctx.user,
    keeps: isMachine ? (SERVICE_ENV.OMG_DATA_DIR ?? "") : pathsFor("user", ctx).state,
  };
  if (options.remove !== true) await refuseUnready(ctx, isMachine);
  if (!result.done) return result;
  if (options.remove === true) await remove(ctx, files, isMachine);
  else if (isMachine) await installForMachine(ctx);
  else await installForPerson(ctx);
  return result;
}

async function refuseUnready(ctx: Context, isMachine: boolean): Promise<void> {
  await readSettings(ctx);
  const [node, script] = ownCommand(ctx);
  const loose = isMachine ? changeableByOthers([node, ...filesOf(script), ...filesOf(ctx.program)]) : undefined;
  if (loose === undefined) return;
  throw new OmgError({
    code: "unsafe-installation",
    exit: "refused",
    message: `${loose} can be changed by others than root, and the machine's omgd may ask omg-root without a password.`,
    state: "Nothing was changed.",
    hint: "Install Node and omg where only root writes, and install the service with those.",
  });
}

/** A folder, or that of a file, and all that is in it. */
function filesOf(path: string): readonly string[] {
  const real = realpathSync(path);
  const folder = statSync(real).isDirectory() ? real : dirname(real);
  return [folder, ...readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name))];
}

async function installForMachine(ctx: Context): Promise<void> {
  await setup(ctx, { yes: true });
  write(ACCOUNT_FILE, accountFile());
  await command("/usr/bin/systemd-sysusers", [ACCOUNT_FILE]);
  const account = await accountOf(ACCOUNT);
  await handKey(ctx, account);
  const { uid } = account;
  write(join(UNITS, SERVICE), serviceUnit(ownCommand(ctx)));
  write(join(UNITS, SOCKET), socketUnit());
  write(join(UNITS, ROOT_SERVICE), rootServiceUnit(uid));
  await letServiceRead(ctx, join(configFolderOf(ctx), "config.toml"));
  await begin(ctx, SOCKET, SERVICE);
}

/** As the account itself, in whose folder root goes no way that it could lead elsewhere. */
const TAKE_KEY = `set -e
umask 077
[ ! -e team/host-key.pem ] || exit 0
[ -d team ] || mkdir -m 755 team
cat >team/.host-key
mv team/.host-key team/host-key.pem`;

/** A machine that joined before has a key that its team lists: omgd proves itself with that one from now on. */
async function handKey(ctx: Context, account: { readonly uid: number; readonly gid: number }): Promise<void> {
  const folder = SERVICE_ENV.OMG_DATA_DIR ?? "";
  const key = (await readSettings(ctx)).team === undefined ? undefined : wholeHostKey(ctx, "system");
  if (key === undefined) return;
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) {
    makeFolder(folder);
    chownSync(folder, account.uid, account.gid);
  }
  await command("/bin/sh", ["-c", TAKE_KEY], { as: account, cwd: folder, input: key });
}

async function installForPerson(ctx: Context): Promise<void> {
  write(join(personalFolder(ctx), SERVICE), personalUnit(ownCommand(ctx)));
  await begin(ctx, SERVICE);
}

/** From now on and from each start of the machine on; one that ran already is started again, as it is now. */
async function begin(ctx: Context, ...units: readonly string[]): Promise<void> {
  await systemctl(ctx, "daemon-reload");
  await systemctl(ctx, "enable", "--quiet", ...units);
  await systemctl(ctx, "restart", ...units);
}

async function remove(ctx: Context, files: readonly string[], isMachine: boolean): Promise<void> {
  // What omg-root is at goes on: each request is a unit of its own.
  await systemctl(ctx, "disable", "--quiet", "--now", ...(isMachine ? [SERVICE, SOCKET] : [SERVICE]));
  for (const file of files) rmSync(file, { force: true });
  await systemctl(ctx, "daemon-reload");
}

function write(path: string, text: string): void {
  makeFolder(dirname(path));
  writeAtomic(path, text, 0o644);
}

/** Where systemd looks for a person's own units (systemd.unit(5)). */
function personalFolder({ env, home }: Context): string {
  const { XDG_CONFIG_HOME } = env;
  return join(XDG_CONFIG_HOME?.startsWith("/") === true ? XDG_CONFIG_HOME : join(home, ".config"), "systemd/user");
}

async function command(file: string, args: readonly string[], how: Omit<RunOptions, "env"> = {}): Promise<void> {
  const ran = await run(file, args, { ...how, env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" } });
  if (ran.code === 0) return;
  throw new OmgError({
    code: "systemd-failed",
    exit: "error",
    message: `${file} ended with ${ran.code ?? ran.signal}.`,
    details: ran.stderr.trim().split("\n"),
  });
}

function refuseOther(ctx: Context, { system }: InstallOptions): void {
  const isRoot = ctx.uid === 0;
  if (isRoot === (system === true)) return;
  throw new OmgError({
    code: isRoot ? "usage" : "needs-root",
    exit: isRoot ? "error" : "consent",
    message: isRoot
      ? "As root, omgd is installed for the machine, and --system has to say so."
      : "A service of the machine is root's to install.",
    state: "Nothing was changed.",
    hint: isRoot ? "omg daemon install --system" : "sudo omg daemon install --system; without --system it is your own.",
  });
}
