using System.Text;
using Aldis.Journal.Storage;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;

namespace Aldis.Services.Tests.Inbox;

/// <summary>
/// Two servers on one directory, with a fault or a crash at any operation, and after it a kill or a power cut. What was confirmed is there
/// and whole; nothing half-written has a final name; nothing was overwritten.
/// </summary>
public sealed class InboxFaultTests
{
    private const int Seeds = 1500;

    [Fact]
    public async Task What_was_confirmed_is_there_whole_and_nothing_else_has_a_final_name()
    {
        int confirmed = 0;
        int uncertain = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var run = new Run(seed, new SimulatedStorage());
            string? violation = await run.ViolationAsync();
            Assert.True(violation is null, $"seed {seed}: {violation}");
            confirmed += run.Confirmed.Count;
            uncertain += run.Uncertain;
        }

        Assert.True(confirmed > 5 * Seeds && uncertain > 10, $"{confirmed} confirmed, {uncertain} uncertain: the runs show too little.");
    }

    [Fact]
    public Task A_disk_that_does_not_sync_is_noticed() => NoticedAsync(() => new SimulatedStorage { IgnoresSync = true }, "is not there");

    [Fact]
    public Task A_rename_that_replaces_is_noticed() => NoticedAsync(() => new SimulatedStorage { ReplacesOnRename = true }, "is not there");

    private static async Task NoticedAsync(Func<SimulatedStorage> broken, string violation)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            if (await new Run(seed, broken()).ViolationAsync() is { } found)
            {
                Assert.Contains(violation, found, StringComparison.Ordinal);
                return;
            }
        }

        Assert.Fail("A broken disk was not noticed.");
    }

    /// <summary>One run, which its seed decides.</summary>
    private sealed class Run(int seed, SimulatedStorage disk)
    {
        private readonly Random _random = new(seed);
        private readonly HashSet<string> _whole = ["somebody's own"];

        /// <summary>What was said to be stored: the name, and the content.</summary>
        public List<(string Name, string Content)> Confirmed { get; } = [];

        /// <summary>How many files had a name and no certainty.</summary>
        public int Uncertain { get; private set; }

        /// <summary>What is wrong after the run, or null.</summary>
        public async Task<string?> ViolationAsync()
        {
            Put("received_file-3.txt", "somebody's own");
            disk.SyncDirectory(string.Empty);
            Confirmed.Add(("received_file-3.txt", "somebody's own"));
            disk.Fault = (FaultKind)_random.Next(3);
            disk.ShortWriteBytes = _random.Next(600);
            disk.FailNext(_random.Next(120));
            InboxFixture[] servers = [new(disk, seed), new(disk, seed + 1)];
            for (int round = 0; round < 4; round++)
            {
                await UploadAsync(servers[_random.Next(servers.Length)], round);
            }

            SimulatedStorage after = disk.Restart(_random, powerLost: _random.Next(2) == 0);
            return Violation(after) ?? Leftovers(after);
        }

        private async Task UploadAsync(InboxFixture server, int round)
        {
            var files = new List<(IncomingFile File, string Content)>();
            for (int number = _random.Next(1, 6); number > 0; number--)
            {
                string content = $"{round}-{number}:" + new string((char)('a' + number), _random.Next(2500));
                try
                {
                    IncomingFile file = await server.BeginAsync();
                    int cut = _random.Next(content.Length + 1);
                    await server.WriteAsync(file, Encoding.ASCII.GetBytes(content[..cut]));
                    await server.WriteAsync(file, Encoding.ASCII.GetBytes(content[cut..]));
                    files.Add((file, content));
                }
                catch (IOException)
                {
                    // As a handler does: it ends the connection. What is left of the file is a matter of the sweep.
                }
            }

            // Some break off.
            List<(IncomingFile File, string Content)> complete = [.. files.Where(_ => _random.Next(5) > 0)];
            _whole.UnionWith(complete.Select(file => file.Content));
            List<(string? Name, Exception? Failure)> results = await server.CompleteAsync(complete.Select(file => file.File));
            foreach (((_, string content), (string? name, Exception? failure)) in complete.Zip(results))
            {
                if (name is not null)
                {
                    Confirmed.Add((name, content));
                }

                Uncertain += failure is InboxUncertainException ? 1 : 0;
            }

            foreach ((IncomingFile file, _) in files)
            {
                try
                {
                    await server.DisposeAsync(file);
                }
                catch (IOException)
                {
                    // Its leftover is swept.
                }
            }
        }

        private string? Violation(SimulatedStorage after)
        {
            foreach ((string name, string content) in Confirmed)
            {
                if (!after.Names.Contains(name, StringComparer.Ordinal) || Read(after, name) != content)
                {
                    return $"'{name}' as it was confirmed is not there";
                }
            }

            return after.Names.FirstOrDefault(name => !PartName.IsOne(name) && !_whole.Contains(Read(after, name))) is { } half
                ? $"'{half}' is not whole"
                : null;
        }

        private static string? Leftovers(SimulatedStorage after)
        {
            _ = new InboxFixture(after).Inbox.RemoveUnfinished();
            return after.Names.FirstOrDefault(name => PartName.IsOne(name)) is { } left ? $"'{left}' was left" : null;
        }

        private static string Read(SimulatedStorage storage, string name) => Encoding.ASCII.GetString(storage[name].Bytes);

        private void Put(string name, string content)
        {
            using IStorageFile file = disk.OpenWrite(name);
            file.Write(0, Encoding.ASCII.GetBytes(content));
            file.Sync();
        }
    }
}
