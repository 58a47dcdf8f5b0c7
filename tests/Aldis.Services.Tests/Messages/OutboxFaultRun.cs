using System.Globalization;
using System.Text;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// An outbox on a disk whose operations fail now and then, that fills up and is cleared, under a process that is killed or loses its power;
/// after every opening it is compared with what was said to be taken.
/// </summary>
internal sealed class OutboxFaultRun
{
    private const int Rounds = 40;

    private readonly Random _random;
    private readonly List<string> _taken = [];
    private readonly List<string> _unsure = [];
    private SimulatedStorage _storage;
    private SenderState _state;
    private SenderState _unsureState;
    private int _lines;

    public OutboxFaultRun(int seed, bool ignoresSync = false, bool ignoresCuts = false)
    {
        _random = new Random(seed);
        _storage = new SimulatedStorage { IgnoresSync = ignoresSync, IgnoresCuts = ignoresCuts };
    }

    /// <summary>Runs it.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Run()
    {
        for (int round = 0; round < Rounds; round++)
        {
            try
            {
                using FileOutbox outbox = FileOutbox.Open(
                    new OutboxOptions { Directory = "/outbox", ClientId = "pump-7", SegmentBytes = 400, Storage = _storage });
                if (Compare(outbox) is string wrong)
                {
                    return wrong;
                }

                Use(outbox);
            }
            catch (OutboxException error) when (error.Message.Contains("damaged", StringComparison.Ordinal))
            {
                return error.Message;
            }
            catch (OutboxException)
            {
                // It failed, and is opened again.
            }

            bool isKilled = _storage.HasCrashed || _random.Next(3) == 0;
            _storage = isKilled ? _storage.Restart(_random, powerLost: _random.Next(2) == 0) : _storage;
            _storage.FaultAt = -1;
        }

        return null;
    }

    /// <summary>Everything that was taken is there; beyond it only what was being taken when it failed.</summary>
    private string? Compare(FileOutbox outbox)
    {
        if (outbox.State != _state && outbox.State != _unsureState)
        {
            return $"{outbox.State} instead of {_state} or {_unsureState}";
        }

        _state = outbox.State;
        _unsureState = _state;
        int more = (int)outbox.Taken - _taken.Count;
        if (more < 0 || more > _unsure.Count)
        {
            return $"{outbox.Taken} lines instead of {_taken.Count}, and up to {_unsure.Count} more";
        }

        _taken.AddRange(_unsure.Take(more));
        _unsure.Clear();
        LineDigest digest = _taken.Aggregate(default(LineDigest), (sum, line) => sum.Add(Encoding.ASCII.GetBytes(line)));
        if (outbox.Digest != digest)
        {
            return $"digest {outbox.Digest} instead of {digest}";
        }

        IEnumerable<string> waiting = _taken.Select((line, index) => $"{index + 1} {line}").Skip((int)_state.AcknowledgedItem);
        List<string> found = OutboxDiskTests.ReadAll(outbox);
        return found.SequenceEqual(waiting) ? null : $"{string.Join(", ", found)} instead of {string.Join(", ", waiting)}";
    }

    private void Use(FileOutbox outbox)
    {
        if (_random.Next(2) == 0)
        {
            _storage.Fault = (FaultKind)_random.Next(3);
            _storage.ShortWriteBytes = _random.Next(200);
            _storage.FailNext(_random.Next(20));
        }

        for (int step = _random.Next(12); step > 0; step--)
        {
            if (_random.Next(4) == 0)
            {
                long used = _storage.Names.Sum(name => (long)_storage[name].Length);
                _storage.CapacityBytes = _random.Next(2) == 0 ? long.MaxValue : used + _random.Next(20_000);
            }

            if (_random.Next(3) == 0)
            {
                NoteState(outbox);
            }
            else
            {
                TakeLines(outbox);
            }
        }
    }

    private void NoteState(FileOutbox outbox)
    {
        long settled = _random.NextInt64(_state.AcknowledgedItem, outbox.Taken + 1);
        _unsureState = new SenderState(settled, settled, _random.NextInt64(settled, outbox.Taken + 1));
        outbox.NoteState(_unsureState);
        outbox.Sync();
        _state = _unsureState;
    }

    private void TakeLines(FileOutbox outbox)
    {
        for (int count = _random.Next(1, 5); count > 0; count--)
        {
            string line = (++_lines).ToString(CultureInfo.InvariantCulture).PadRight(_random.Next(1, 200), '-');
            _unsure.Add(line);
            outbox.Add(Encoding.ASCII.GetBytes(line));
        }

        try
        {
            outbox.Sync();
            _taken.AddRange(_unsure);
            _unsure.Clear();
        }
        catch (OutboxFullException)
        {
            // None of them, now and later.
            _unsure.Clear();
        }
    }
}
