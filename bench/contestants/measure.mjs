// Runs one contestant and tells what it cost. RSS is the peak of the whole process, CPU its user and system time. What is
// told besides is found out when all that is over.
export async function measure(work, besides = () => ({})) {
  const cpuBefore = process.cpuUsage();
  const started = process.hrtime.bigint();
  const done = await work();
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const cpu = process.cpuUsage(cpuBefore);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  process.send({ ...done, seconds, cpuSeconds, peakRssMb, ...besides() });
  process.disconnect();
}
export const settings = JSON.parse(process.argv[2]);
const mark = `rows=${settings.rows} columns=${settings.columns}${settings.temporalAsText ? ' temporal=text' : ''}`;
export const sql = `SELECT /* ${mark} */ * FROM people${settings.orderBy ? ' ORDER BY "userId"' : ''}`;
