import { execFileSync } from "node:child_process";

/** `name[:arch] version` of everything that the real `apt list --upgradable` lists, sorted. */
export function upgradableByApt(env: Readonly<Record<string, string>>, native = "amd64"): string[] {
  const text = execFileSync("apt", ["list", "--upgradable"], {
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 64 << 20,
  });
  return text
    .split("\n")
    .flatMap((line) => {
      const found = /^(?<name>[^/\s]+)\/\S+ (?<version>\S+) (?<arch>\S+) \[upgradable from/.exec(line)?.groups;
      if (found === undefined) return [];
      const qualified = found.arch === native || found.arch === "all" ? found.name : `${found.name}:${found.arch}`;
      return [`${qualified} ${found.version}`];
    })
    .sort();
}
