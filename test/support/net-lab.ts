import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** A place on the lab's switch, in a network namespace of its own: `eth0` and `lo`, and no way out. */
export interface Station {
  readonly namespace: string;
  readonly address: string;
  /** Takes its cable out, and puts it in again. */
  unplug(): void;
  plug(): void;
}

/** A switch that nothing else is connected to. */
export interface NetLab {
  join(): Station;
  /** Runs `ip` or `tc` where the switch is. */
  atSwitch(...command: readonly string[]): string;
  close(): void;
}

export const NET_NEEDS = ["iproute2", "root"] as const;

export function createNetLab(): NetLab {
  const id = `omg${randomBytes(3).toString("hex")}`;
  const namespaces: string[] = [];
  const call = (file: string, ...args: readonly string[]) =>
    execFileSync(file, args, { encoding: "utf8", stdio: "pipe" });
  const add = (name: string) => {
    call("ip", "netns", "add", name);
    namespaces.push(name);
    call("ip", "-n", name, "link", "set", "lo", "up");
    return name;
  };
  const hub = add(`${id}-switch`);
  call("ip", "-n", hub, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
  call("ip", "-n", hub, "link", "set", "br0", "up");
  return {
    join: () => {
      const number = namespaces.length;
      const [namespace, port, address] = [add(`${id}-${number}`), `port${number}`, `10.77.0.${number}`];
      call("ip", "-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace);
      call("ip", "-n", hub, "link", "set", port, "master", "br0", "up");
      call("ip", "-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0");
      call("ip", "-n", namespace, "link", "set", "eth0", "up");
      const set = (state: "up" | "down") => void call("ip", "-n", hub, "link", "set", port, state);
      return { namespace, address, unplug: () => set("down"), plug: () => set("up") };
    },
    atSwitch: (...command) => call("ip", "netns", "exec", hub, ...command),
    close: () => {
      for (const name of namespaces) call("ip", "netns", "delete", name);
    },
  };
}
