import { readIfPresent } from "../host/files.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The person whom a root process works for, by what sudo(8), pkexec(1) and doas(1) leave in the environment: their name, or
 * `uid N` where passwd(5) has none. Undefined where root works for itself.
 */
export function personBehind(env: Environment): string | undefined {
  const uid = [env.SUDO_UID, env.PKEXEC_UID].find((value) => value !== undefined && value !== "0");
  if (uid !== undefined) return nameOf(uid);
  return env.DOAS_USER === "root" ? undefined : env.DOAS_USER;
}

function nameOf(uid: string): string {
  const accounts = readIfPresent("/etc/passwd")?.toString("utf8").split("\n") ?? [];
  const account = accounts.map((line) => line.split(":")).find((fields) => fields[2] === uid);
  return account?.[0] ?? `uid ${uid}`;
}
