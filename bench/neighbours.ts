import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./measure.ts";
import type { Listed, Root } from "./root.ts";
import type { Tools } from "./tools.ts";

/** What each of the other tools calls a plan, for exactly these packages in exactly these versions, all of them installed. */
export function neighbours(root: Root, pins: readonly Listed[], tools: Tools): readonly (Contender | string)[] {
  const wanted = pins.map(({ name, version }) => `${name}=${version}`);
  return [
    {
      name: "apt-get -s install",
      command: ["apt-get", "-s", "install", ...wanted],
      says: /^0 upgraded, 0 newly installed, 0 to remove/m,
    },
    tools.mise === undefined ? "mise bootstrap plan" : mise(root, pins, tools.mise),
    tools.ansible ? ansible(root, wanted) : "ansible-playbook --check",
    tools.puppet ? puppet(root, pins) : "puppet apply --noop",
  ];
}

function mise(root: Root, pins: readonly Listed[], program: string): Contender {
  const folder = made(root, "mise");
  const lines = pins.map(({ name, version }) => `"apt:${name}" = "${version}"`);
  writeFileSync(join(folder, "mise.toml"), `[bootstrap.packages]\n${lines.join("\n")}\n`);
  const own = ["DATA", "CACHE", "STATE", "CONFIG"].map((name) => `MISE_${name}_DIR=${join(folder, name)}`);
  const env = [...own, `MISE_TRUSTED_CONFIG_PATHS=${folder}`, "MISE_OFFLINE=1"];
  return {
    name: "mise bootstrap plan",
    command: ["env", ...env, program, "-C", folder, "bootstrap", "plan", "--detailed-exitcode"],
    says: new RegExp(`0 create, 0 update, ${pins.length} unchanged`),
  };
}

function ansible(root: Root, wanted: readonly string[]): Contender {
  const folder = made(root, "ansible");
  const play = {
    hosts: "localhost",
    connection: "local",
    gather_facts: false,
    tasks: [{ apt: { state: "present", name: wanted } }],
  };
  writeFileSync(join(folder, "play.yml"), JSON.stringify([play]));
  return {
    name: "ansible-playbook --check",
    command: [
      "ansible-playbook",
      "--check",
      "-i",
      "localhost,",
      "-e",
      "ansible_python_interpreter=/usr/bin/python3",
      join(folder, "play.yml"),
    ],
    says: /changed=0 +unreachable=0 +failed=0/,
  };
}

function puppet(root: Root, pins: readonly Listed[]): Contender {
  const folder = made(root, "puppet");
  const manifest = pins.map(({ name, version }) => `package { '${name}': ensure => '${version}' }\n`);
  writeFileSync(join(folder, "site.pp"), manifest.join(""));
  const places = ["--confdir", join(folder, "conf"), "--vardir", join(folder, "var")];
  return {
    name: "puppet apply --noop",
    command: ["puppet", "apply", "--noop", "--detailed-exitcodes", ...places, join(folder, "site.pp")],
    says: /Applied catalog/,
  };
}

function made(root: Root, name: string): string {
  const folder = join(root.folder, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
