// Does jobs with `vertexsms mcp`: node main.mjs JOBS. JOBS is JSON, and each has the name of a script beside this one.
// Prints a line of JSON for each result, with the number of the job, and why a job failed.
const jobs = JSON.parse(process.argv[2]).map((job, number) => ({ ...job, number }));

const perform = async (job) => {
  const print = (value) => console.log(JSON.stringify({ number: job.number, value }));
  try {
    const { default: script } = await import("./" + job.script + ".mjs");
    await script(job, print);
  } catch (error) {
    print({ failed: String(error.stack) });
  }
};

// A few at the same time: they wait more than they work.
await Promise.all([1, 2, 3].map(async () => {
  while (jobs.length > 0) await perform(jobs.shift());
}));
// What a failed job has left does not go on.
process.exit();
