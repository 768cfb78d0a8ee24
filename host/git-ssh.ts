import { join } from "node:path";
import type { GitOptions } from "./git.ts";
import { passage, WORKER, workerNeeded } from "./worker.ts";

/** Whom to believe and who to be at an ssh server. Absolute paths. */
export interface SshMeans {
  /** Private key, which needs no passphrase. */
  readonly key: string;
  /** Keys of servers, in the form of sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
  readonly knownHosts: string;
}

const SSH = "/usr/bin/ssh";
const UNSHARE = "/usr/bin/unshare";

/** Nobody's configuration, agent, proxy or further keys count, and a server that is not known is not talked to (ssh_config(5)). */
const OPTIONS = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "GlobalKnownHostsFile=/dev/null",
  "UpdateHostKeys=no",
  "VerifyHostKeyDNS=no",
  "CanonicalizeHostname=no",
  "IdentitiesOnly=yes",
  "IdentityAgent=none",
  "AddKeysToAgent=no",
  "CertificateFile=none",
  "PKCS11Provider=none",
  "PreferredAuthentications=publickey",
  "ProxyCommand=none",
  "ProxyJump=none",
  "ControlMaster=no",
  "ControlPath=none",
  "ClearAllForwardings=yes",
  "ForwardAgent=no",
  "ForwardX11=no",
  "PermitLocalCommand=no",
  "RequestTTY=no",
  "ConnectTimeout=30",
  "ServerAliveInterval=15",
  "ServerAliveCountMax=4",
  "LogLevel=ERROR",
];

/**
 * ssh asks the system who its user is, and nobody has the worker's id; its key has to be its user's. So root starts git in a view of the file
 * system of its own: there /etc/passwd has that one name, and the key lies in memory, where it is gone with the last process.
 * $0: an empty folder; $1, $2: key and known hosts; $3: the id; then the command.
 */
const SCRIPT = `set -e
place=$0 key=$1 hosts=$2 id=$3
shift 3
mount -t tmpfs -o "mode=0711,size=4m,nosuid,nodev,noexec" tmpfs "$place"
(umask 077; cat -- "$key" > "$place/key"; cat -- "$hosts" > "$place/hosts")
chown "$id:$id" "$place/key" "$place/hosts"
printf 'omg:x:%s:%s::/nonexistent:/usr/sbin/nologin\\n' "$id" "$id" > "$place/passwd"
mount --bind "$place/passwd" /etc/passwd
exec setpriv --reuid "$id" --regid "$id" --clear-groups --no-new-privs -- "$@"
`;

/** What git has to be told to go by ssh. @param folder where the worker's own view has its files */
export function overSsh({ key, knownHosts }: SshMeans, folder: string): Pick<GitOptions, "env" | "through"> {
  if (!workerNeeded()) return { env: environment(key, knownHosts) };
  const place = passage(join(folder, "ssh"));
  const namespace = [UNSHARE, "--mount", "--propagation", "private", "--", "/bin/sh", "-c"];
  return {
    env: environment(join(place, "key"), join(place, "hosts")),
    through: [...namespace, SCRIPT, place, key, knownHosts, String(WORKER.uid)],
  };
}

/** git hands the command to a shell (git(1), GIT_SSH_COMMAND). */
function environment(key: string, hosts: string): Readonly<Record<string, string>> {
  const options = [...OPTIONS, `UserKnownHostsFile=${quotedWord(hosts)}`].flatMap((each) => ["-o", each]);
  const words = [SSH, "-F", "none", "-i", key, ...options];
  return { GIT_SSH_COMMAND: words.map(forShell).join(" "), GIT_SSH_VARIANT: "ssh" };
}

/** ssh splits the value at spaces, and takes % and $ for its own (ssh_config(5), TOKENS). */
function quotedWord(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

function forShell(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
