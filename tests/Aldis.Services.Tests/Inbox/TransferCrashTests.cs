using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;

namespace Aldis.Services.Tests.Inbox;

/// <summary>
/// A transfer with a fault or a crash at any operation, and after it a kill or a power cut; then the same transfer again. What was said
/// to be
/// verified is there, and a resume begins there; what was said to be stored is there and whole; nothing else has a final name.
/// </summary>
public sealed class TransferCrashTests
{
    private const int Seeds = 10_000;
    private const int MutantSeeds = 3_000;

    [Fact]
    public async Task What_was_said_to_be_verified_or_stored_is_there_after_any_crash_and_nothing_is_sent_twice()
    {
        (int verified, int stored, int resumed) = (0, 0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            var run = new Run(seed, new SimulatedStorage());
            string? violation = await run.ViolationAsync();
            Assert.True(violation is null, $"seed {seed}: {violation}");
            verified += run.Verified;
            stored += run.Stored;
            resumed += run.Resumed;
        }

        Assert.True(
            verified > Seeds / 10 && stored > Seeds && resumed > Seeds / 20,
            $"{verified} verified, {stored} stored, {resumed} resumed: that shows little.");
    }

    [Fact]
    public Task A_chunk_that_counts_before_it_is_synced_is_noticed() => NoticedAsync(
        () => new SimulatedStorage { IgnoresSyncOf = static name => name.EndsWith(".part", StringComparison.Ordinal) });

    [Fact]
    public Task A_note_that_is_not_synced_is_noticed() => NoticedAsync(
        () => new SimulatedStorage { IgnoresSyncOf = static name => name.EndsWith(".ledger", StringComparison.Ordinal) });

    private static async Task NoticedAsync(Func<SimulatedStorage> broken)
    {
        for (int seed = 0; seed < MutantSeeds; seed++)
        {
            if (await new Run(seed, broken()).ViolationAsync() is not null)
            {
                return;
            }
        }

        Assert.Fail("A broken disk was not noticed.");
    }

    /// <summary>One run, which its seed decides.</summary>
    private sealed class Run
    {
        private const int Chunk = 1 << 20;

        private readonly int _seed;
        private readonly SimulatedStorage _disk;
        private readonly Random _random;
        private readonly SourceFile[] _files;
        private readonly TransferOffer _offer;

        public Run(int seed, SimulatedStorage disk)
        {
            _seed = seed;
            _disk = disk;
            _random = new Random(seed);
            disk.CanSyncAll = seed % 2 == 0;
            disk.SystemRun = seed % 5 == 0 ? UInt128.Zero : UInt128.One;
            disk.WritesDirectly = seed % 3 != 0;

            // Mostly small, because a run of large ones takes long.
            int many = _random.Next(8) == 0 ? 20 : _random.Next(4);
            _files =
            [
                .. Enumerable.Range(0, many).Select(number => new SourceFile($"d{number % 3}/small-{number}", _random.Next(3000), number)),
                new SourceFile("medium", 33_000, 50),
                new SourceFile("d1/large", ((_random.Next(10) == 0 ? 4 : 1) * Chunk) + _random.Next(1, 2000), 51),
            ];
            _offer = TransferFixture.Offer(_files.Select(file => file.Entry));
        }

        public int Verified { get; private set; }

        public int Stored { get; private set; }

        public int Resumed { get; private set; }

        /// <summary>What is wrong, or null.</summary>
        public async Task<string?> ViolationAsync()
        {
            SimulatedStorage disk = _disk;
            disk.Fault = (FaultKind)_random.Next(3);
            disk.ShortWriteBytes = _random.Next(1500);
            disk.FailNext(_random.Next(90));
            var told = new TransferRecorder();
            for (int attempt = 0; attempt < 2; attempt++)
            {
                TransferRecorder recorder = await AttemptAsync(disk, attempt);
                foreach ((int entry, string path) in recorder.Stored)
                {
                    told.Stored[entry] = path;
                }

                foreach ((int entry, long offset) in recorder.Verified)
                {
                    told.Verified[entry] = Math.Max(offset, told.Verified.GetValueOrDefault(entry));
                }

                // What is refused for the disk's sake may begin anew.
                foreach (int entry in recorder.Refused.Keys)
                {
                    told.Verified.Remove(entry);
                }

                disk = disk.Restart(_random, powerLost: _random.Next(2) == 0);
                if (Violation(disk, told) is { } violation)
                {
                    return $"after attempt {attempt}: {violation}";
                }
            }

            Verified = told.Verified.Count;
            Stored = told.Stored.Count;
            return await FinishAsync(disk, told);
        }

        private async Task<TransferRecorder> AttemptAsync(SimulatedStorage disk, int attempt)
        {
            var options = new InboxOptions { Directory = "files", FreeSpaceFloor = 0, SyncBytes = ((_seed % 2) + 1) * Chunk };
            var fixture = new TransferFixture(disk, _seed + attempt, options);
            var recorder = new TransferRecorder();
            try
            {
                IIncomingTransfer transfer = await fixture.OpenAsync(_offer, recorder);
                for (int entry = 0; entry < _files.Length; entry++)
                {
                    // What is confirmed because it is there is confirmed as well as what was stored.
                    if (transfer.Answers[entry].Kind == TransferUnitKind.Have)
                    {
                        recorder.Stored.Add(entry, _files[entry].Path);
                    }
                }

                int left = _random.Next(2) == 0 ? int.MaxValue : _random.Next(_files.Length + 2);
                for (int entry = 0; entry < _files.Length && left > 0; entry++)
                {
                    EntryAnswer answer = transfer.Answers[entry];
                    if (answer.Kind is TransferUnitKind.Want or TransferUnitKind.Resume)
                    {
                        left -= await fixture.SendAsync(transfer, entry, _files[entry], answer.Offset, left);
                    }
                }

                await fixture.DoAsync(transfer.DisposeAsync());
            }
            catch (IOException)
            {
                // The disk does not open, or not any more.
            }

            return recorder;
        }

        private string? Violation(SimulatedStorage disk, TransferRecorder told)
        {
            foreach ((int entry, string path) in told.Stored)
            {
                SourceFile source = _files[entry];
                if (disk.Find(path) is not { } file || file.Length != source.Size || !source.IsBeginning(file.Bytes, file.Length))
                {
                    return $"'{path}' as it was confirmed is not there";
                }
            }

            foreach (string path in disk.Names.Where(name => !name.StartsWith(TransferFixture.Parts, StringComparison.Ordinal)))
            {
                SourceFile source = _files.Single(file => file.Path == path);
                if (disk[path].Length != source.Size || !source.IsBeginning(disk[path].Bytes, source.Size))
                {
                    return $"'{path}' is not whole";
                }
            }

            return null;
        }

        /// <summary>
        /// The transfer again, on a disk that is well: it goes on where it was said that it would, and all is there at its end.
        /// </summary>
        private async Task<string?> FinishAsync(SimulatedStorage disk, TransferRecorder told)
        {
            var fixture = new TransferFixture(disk, _seed);
            var recorder = new TransferRecorder();
            IIncomingTransfer transfer = await fixture.OpenAsync(_offer, recorder);
            for (int entry = 0; entry < _files.Length; entry++)
            {
                SourceFile file = _files[entry];
                EntryAnswer answer = transfer.Answers[entry];
                if (told.Stored.ContainsKey(entry) && answer.Kind != TransferUnitKind.Have)
                {
                    return $"'{file.Path}' was confirmed, and now {answer.Kind} is answered";
                }

                if (told.Verified.TryGetValue(entry, out long verified) && answer.Kind is TransferUnitKind.Want or TransferUnitKind.Resume
                    && answer.Offset < verified)
                {
                    return $"'{file.Path}' was verified before {verified}, and goes on at {answer.Offset}";
                }

                if (answer.Kind == TransferUnitKind.Resume)
                {
                    Resumed++;
                    SimulatedFile part = disk[disk.Names.Single(name =>
                        name.StartsWith(TransferFixture.Parts, StringComparison.Ordinal) && name.EndsWith(".part", StringComparison.Ordinal)
                        && !PartName.IsOne(name))];
                    if (answer.Chain != file.ChainAt(answer.Offset) || !file.IsBeginning(part.Bytes, answer.Offset))
                    {
                        return $"what is there of '{file.Path}' before {answer.Offset} is not its beginning";
                    }
                }

                if (answer.Kind is TransferUnitKind.Want or TransferUnitKind.Resume)
                {
                    await fixture.SendAsync(transfer, entry, file, answer.Offset, int.MaxValue);
                }
                else if (answer.Kind == TransferUnitKind.Nak)
                {
                    return $"'{file.Path}' is refused: {answer.Code} {answer.Detail}";
                }
            }

            await fixture.DoAsync(transfer.DisposeAsync());
            return recorder.Refused.Count > 0 ? $"refused: {recorder.Refused.First()}" : Violation(disk, recorder);
        }
    }
}
