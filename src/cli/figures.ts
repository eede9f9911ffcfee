/** Figures as people read them: shares, bytes, counts and times. */

/** A share of 1 as a bar with its percentage. */
export function bar(share: number): string {
  return `${plainBar(share, 24)} ${Math.floor(share * 100)
    .toString()
    .padStart(3)} %`;
}

/** A share of 1 as a bar of so many letters. */
export function plainBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, share) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Bytes to three digits: `1.23 GB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  // What would be rounded up to 1000 of a unit is one of the next.
  const power = units.findIndex((_, i) => bytes < 999.5 * 1000 ** i || i === units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? Math.round(value) : value.toPrecision(3)} ${units[power]}`;
}

/** Bytes in units that can be compared down a table of memory: `0.15 GB`. */
export function formatMemory(bytes: number): string {
  if (bytes < 1e8) return `${(bytes / 1e6).toFixed(1)} MB`;
  const value = bytes / 1e9;
  return `${value.toFixed(value < 10 ? 2 : 1)} GB`;
}

/** A number of parameters or the like: `6.20 M`. */
export function formatCount(count: number): string {
  // As with bytes: what would be rounded up to 1000 of a unit is one of the next.
  if (count >= 999.995e6) return `${(count / 1e9).toFixed(2)} B`;
  if (count >= 999.95e3) return `${(count / 1e6).toFixed(2)} M`;
  return count >= 1e3 ? `${(count / 1e3).toFixed(1)} k` : String(count);
}

/** A time to two units, from two days on to one: `2 h 05 min`, `3 days`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours >= 48) return `${Math.round(hours / 24).toLocaleString("en")} days`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
}
