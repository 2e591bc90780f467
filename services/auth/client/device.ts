/** The first that fits names it: who pretends to be another comes before that one. WeChat and Alipay open pages in browsers of their own. */
const families: readonly (readonly [RegExp, string])[] = [
  [/MicroMessenger\//, 'WeChat'],
  [/AlipayClient\//, 'Alipay'],
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\/|OPiOS\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Version\/[\d.]+ .*Safari\//, 'Safari'],
  [/^(?:curl|Wget)\//i, 'A command line'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPad/, 'iPadOS'],
  [/iPhone|iPod/, 'iOS'],
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

/** A browser and a system, as far as a User-Agent (RFC 9110, section 10.1.5) tells: "Firefox on Windows". One of a few texts; nothing of what was sent. Pure. */
export function deviceOf(userAgent: string | undefined): string {
  const text = (userAgent ?? '').slice(0, 500);
  const nameIn = (table: typeof families): string | undefined => table.find(([pattern]) => pattern.test(text))?.[1];
  const [family, system] = [nameIn(families), nameIn(systems)];
  if (family === undefined && system === undefined) return 'Unknown device';
  if (system === undefined) return family ?? 'Unknown device';
  return `${family ?? 'Unknown browser'} on ${system}`;
}
