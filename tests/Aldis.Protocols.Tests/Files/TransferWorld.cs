using System.Buffers;
using System.Buffers.Binary;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Files;

/// <summary>
/// A source and a receiver over a line that is cut, turns bits and delays, with a receiver that crashes, a disk that syncs when it likes, and files
/// that change or cannot be read. A chunk is a digest of its content; no bytes of it are moved.
/// </summary>
internal sealed class TransferWorld : IFileSenderObserver, IDisposable
{
    private const int MostSteps = 20_000;

    private readonly SeededRandom _random;
    private readonly TransferDefect _defect;
    private readonly double _trouble;
    private readonly TransferDisk _disk;
    private readonly Sha256 _hash = new();
    private readonly Sha256 _sourceHash = new();
    private readonly Sha256 _receiverHash = new();
    private readonly List<ManifestEntry> _files = [];
    private readonly Dictionary<int, EntryOutcome> _settled = [];
    private readonly HashSet<(int Entry, long Version, int Chunk)> _verified = [];
    private readonly Queue<Item> _toReceiver = [];
    private readonly Queue<Item> _toSource = [];
    private readonly ArrayBufferWriter<byte> _written = new();
    private IReadOnlyList<ManifestEntry> _manifest = [];
    private FileSender _source = null!;
    private FileReceiver _receiver = null!;
    private readonly HashSet<int> _refused = [];
    private SendStep? _begun;
    private bool _isDisturbed;
    private bool _hasCrashed;
    private int _connections;
    private long _steps;

    private TransferWorld(int seed, TransferDefect defect)
    {
        _random = new SeededRandom((ulong)seed);
        _defect = defect;
        _disk = new TransferDisk(_random.Fork(), defect);
        _trouble = _random.Chance(0.2) ? 0 : 0.02 * _random.NextUnit();
        int count = 1 + _random.NextBelow(12);
        for (int entry = 0; entry < count; entry++)
        {
            long size = _random.NextBelow(4) switch
            {
                0 => 0,
                1 => _random.NextBelow(ChunkSize.Min),
                _ => _random.NextBelow(5 * ChunkSize.Min),
            };
            _files.Add(new ManifestEntry { Kind = FileEntryKind.File, Path = new byte[] { (byte)('a' + entry) }, Size = size, Change = 1 });
        }
    }

    /// <summary>Runs one world to its end and checks it.</summary>
    public static void Run(int seed, TransferDefect defect = TransferDefect.None)
    {
        try
        {
            using var world = new TransferWorld(seed, defect);
            world.Run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        _hash.Dispose();
        _sourceHash.Dispose();
        _receiverHash.Dispose();
    }

    void IFileSenderObserver.HandleAnswer(int entry, in EntryAnswer answer)
    {
    }

    void IFileSenderObserver.HandleVerified(int entry, long offset)
    {
    }

    void IFileSenderObserver.HandleSettled(int entry, in EntryOutcome outcome)
    {
        Require(!_settled.TryGetValue(entry, out EntryOutcome before) || before.Refusal is not null, $"entry {entry} is settled twice");
        _settled[entry] = outcome;
        if (outcome.Refusal is null)
        {
            Require(_disk.Holds(entry, Contents(entry, _manifest[entry].Change)), $"entry {entry} was confirmed, and is not stored so");
        }
        else if (outcome.Refusal is not (RefusalCode.Changed or RefusalCode.Unreadable))
        {
            Require(_refused.Contains(entry), $"entry {entry} was said to be refused, and was not");
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    private void Run()
    {
        while (_settled.Count < _files.Count)
        {
            // Trouble ends after a while, so that everybody must come to an end.
            Converse(_connections < 12 ? _trouble : 0);
            Require(++_connections < 60, "it never ends");
        }

        foreach ((int entry, EntryOutcome outcome) in _settled)
        {
            Require(_disk.Renames.GetValueOrDefault(entry) <= 1, $"entry {entry} was stored twice");
            Require(outcome.Refusal is null or RefusalCode.Changed or RefusalCode.Unreadable or RefusalCode.Exists or RefusalCode.Corrupt
                or RefusalCode.Quota, $"entry {entry} ended as {outcome.Refusal}");
            Require(_trouble > 0 || outcome.Refusal is null, $"entry {entry} ended as {outcome.Refusal} without any trouble");
        }
    }

    private void Converse(double trouble)
    {
        _toReceiver.Clear();
        _toSource.Clear();
        _manifest = [.. _files];
        var opening = new ContentDigest(new byte[ContentDigest.Size]);
        _source = new FileSender(_manifest, new UnitCheck(_sourceHash, opening), _sourceHash, this);
        EntryAnswer[] answers = [.. _manifest.Select((file, entry) => _disk.Answer(entry, file))];
        _receiver = new FileReceiver(_manifest, answers, new UnitCheck(_receiverHash, opening), _receiverHash, AcknowledgementLevel.Durable);
        _settled.Clear();
        _refused.Clear();
        _refused.UnionWith(Enumerable.Range(0, answers.Length).Where(entry => answers[entry].Kind == TransferUnitKind.Nak));
        _isDisturbed = false;
        _begun = null;
        bool isCut = false;
        while (!isCut && !(_source.IsOver && _receiver.IsOver))
        {
            Require(++_steps < MostSteps, "it stands still");
            bool isBroken = !Step(trouble);
            Require(!isBroken || _isDisturbed, "somebody broke the rules on a line that changed no unit");
            isCut = isBroken || _random.Chance(trouble / 2);
        }

        if (_random.Chance(trouble * 20))
        {
            _disk.Crash();
            _hasCrashed = true;
        }
        else
        {
            // Whoever is alive ends what is whole.
            while (_disk.HasWork)
            {
                _disk.Work(static (_, _) => { }, static _ => { });
            }
        }

        if (isCut && _random.Chance(trouble * 5))
        {
            Change(_random.NextBelow(_files.Count));
        }
    }

    private bool Step(double trouble)
    {
        switch (_random.NextBelow(4))
        {
            case 0:
                return Send(trouble);
            case 1:
                return !_toReceiver.TryDequeue(out Item toReceiver) || Receive(Disturb(toReceiver, trouble), trouble);
            case 2:
                _disk.Work(
                    (entry, chunks) => _receiver.HandleVerified(entry, (long)chunks * ChunkSize.Of(_manifest[entry].Size)),
                    entry => _receiver.HandleStored(entry, null));
                if (_random.Chance(trouble / 2))
                {
                    int refused = _random.NextBelow(_files.Count);
                    if (_disk.Content(refused) is null)
                    {
                        Refuse(refused, RefusalCode.Quota);
                    }
                }

                Answer();
                return true;
            default:
                return !_toSource.TryDequeue(out Item toSource) || HandleAnswer(Disturb(toSource, trouble));
        }
    }

    private void Answer()
    {
        while (_receiver.HasUnit)
        {
            _written.ResetWrittenCount();
            Require(_receiver.TryWrite(_written), "there was a unit");
            _toSource.Enqueue(new Item(
                _written.WrittenSpan[..ControlUnit.Size].ToArray(), _written.WrittenSpan[ControlUnit.Size..].ToArray(), default, 0));
        }
    }

    private bool HandleAnswer(in Item item) =>
        TransferUnit.TryParse(item.Unit, out TransferUnit unit, out _)
        && unit.FollowingBytes == item.Following.Length
        && _source.TryHandle(item.Unit, item.Following);

    private bool Send(double trouble)
    {
        if (_begun is { } begun)
        {
            // What the receiver says while a chunk is being sent comes in between.
            _begun = null;
            SendChunk(begun, trouble);
            return true;
        }

        SendStep step = _source.NextStep();
        byte[] unit = new byte[ControlUnit.Size + ContentDigest.Size];
        switch (step.Kind)
        {
            case SendStepKind.Prove:
                ContentDigest digest = default;
                ContentDigest? before = null;
                foreach (ContentDigest chunk in Contents(step.Entry, _files[step.Entry].Change))
                {
                    digest = ChunkChain.Next(_hash, before, chunk);
                    before = digest;
                }

                if (_source.TryProve(step.Entry, digest, unit))
                {
                    _toReceiver.Enqueue(new Item(unit[..ControlUnit.Size], unit[ControlUnit.Size..], default, 0));
                }

                return true;
            case SendStepKind.Skip:
                Skip(step, step.Code, unit);
                return true;
            case SendStepKind.Chunk:
                _begun = step;
                return true;
            default:
                return true;
        }
    }

    private void SendChunk(in SendStep step, double trouble)
    {
        if (_random.Chance(trouble / 4))
        {
            Change(step.Entry);
        }

        ManifestEntry now = _files[step.Entry];
        long size = _manifest[step.Entry].Size;
        bool isLast = step.Offset + step.Length == size;
        bool isUnreadable = _random.Chance(trouble / 20);
        bool isChanged = isLast && now.Change != _manifest[step.Entry].Change && _defect != TransferDefect.DoesNotLookForChanges;
        int chunk = (int)(step.Offset / ChunkSize.Of(size));
        byte[] unit = new byte[ControlUnit.Size];
        if (step.IsWithdrawn || isUnreadable || isChanged)
        {
            if (step.IsRepeat || isChanged)
            {
                Enqueue(step, Content(step.Entry, now.Change, chunk), default);
            }

            Skip(step, isChanged ? RefusalCode.Changed : RefusalCode.Unreadable, unit);
            return;
        }

        ContentDigest content = Content(step.Entry, now.Change, chunk);
        Require(
            _hasCrashed || !_verified.Contains((step.Entry, now.Change, chunk)),
            $"chunk {chunk} of entry {step.Entry} was verified by a receiver that lived, and is sent again");
        Enqueue(step, content, _source.HandleChunk(step, step.Length, content));
    }

    private void Skip(in SendStep step, RefusalCode code, byte[] unit)
    {
        if (_source.TrySkip(step, code, unit))
        {
            _toReceiver.Enqueue(new Item(unit[..ControlUnit.Size], [], default, 0));
        }
    }

    private void Enqueue(in SendStep step, ContentDigest content, ContentDigest chain)
    {
        byte[] unit = new byte[ControlUnit.Size];
        byte[] said = new byte[ContentDigest.Size];
        chain.CopyTo(said);
        var data = new TransferUnit
        {
            Kind = TransferUnitKind.Data,
            First = step.Entry,
            Last = step.Entry,
            Offset = step.Offset,
            Length = step.Length,
        };
        int length = data.WriteText(unit);
        unit.AsSpan(length).Fill((byte)' ');
        _toReceiver.Enqueue(new Item(unit, said, content, step.Length));
    }

    private bool Receive(in Item item, double trouble)
    {
        if (!TransferUnit.TryParse(item.Unit, out TransferUnit unit, out ReadOnlySpan<byte> check)
            || unit.FollowingBytes != item.Following.Length + item.Length
            || (unit.Kind != TransferUnitKind.Data && !_receiver.IsRight(item.Unit, check, item.Following)))
        {
            return false;
        }

        switch (unit.Kind)
        {
            case TransferUnitKind.Data:
                return ReceiveChunk(unit, item, trouble);
            case TransferUnitKind.Skip:
                ChunkStep step = _receiver.HandleSkip(unit.First);
                if (step == ChunkStep.Receive && unit.Code == RefusalCode.Changed && _disk.Content(unit.First) is null)
                {
                    _disk.Discard(unit.First);
                }

                return step != ChunkStep.Break;
            case TransferUnitKind.Proof:
                if (!_receiver.HandleProof(unit.First, new ContentDigest(item.Following)))
                {
                    return false;
                }

                ContentDigest? digest = null;
                foreach (ContentDigest chunk in _disk.Content(unit.First)!)
                {
                    digest = ChunkChain.Next(_hash, digest, chunk);
                }

                if (digest == new ContentDigest(item.Following))
                {
                    _receiver.HandleStored(unit.First, null);
                }
                else
                {
                    Refuse(unit.First, RefusalCode.Exists);
                }

                return true;
            default:
                return false;
        }
    }

    private bool ReceiveChunk(in TransferUnit unit, in Item item, double trouble)
    {
        ChunkStep step = _receiver.BeginChunk(unit);
        if (step != ChunkStep.Receive)
        {
            return step == ChunkStep.Discard;
        }

        if (_random.Chance(trouble / 2))
        {
            Refuse(unit.First, RefusalCode.Quota);
        }

        ContentDigest arrived = item.Content;
        if (_random.Chance(trouble))
        {
            Span<byte> garbage = stackalloc byte[ContentDigest.Size];
            _random.Fill(garbage);
            arrived = new ContentDigest(garbage);
        }

        var said = new ContentDigest(item.Following);
        ContentDigest computed = _defect == TransferDefect.BelievesDigest ? item.Content : arrived;
        ManifestEntry file = _manifest[unit.First];
        ChunkEnd end = _receiver.EndChunk(unit.Length, computed, said, out bool isLast);
        if (end == ChunkEnd.Hopeless)
        {
            _refused.Add(unit.First);
        }
        else if (end == ChunkEnd.Verified)
        {
            Require(!_files.Contains(file) || isLast == (unit.Offset + unit.Length == file.Size), "the last chunk is the last");
            _disk.Write(unit.First, arrived, said, isLast);
            _verified.Add((unit.First, file.Change, (int)(unit.Offset / ChunkSize.Of(file.Size))));
            if (isLast && _defect == TransferDefect.ConfirmsBeforeStored)
            {
                _receiver.HandleStored(unit.First, null);
            }
        }

        return true;
    }

    private Item Disturb(in Item item, double trouble)
    {
        if (_random.Chance(trouble / 2))
        {
            // Half of the time where the numbers are, so that it is likely to be a unit still.
            bool isNumber = _random.Chance(0.5);
            int place = isNumber ? 4 + _random.NextBelow(6) : _random.NextBelow(item.Unit.Length);
            item.Unit[place] ^= (byte)(1 << _random.NextBelow(isNumber ? 3 : 8));
            _isDisturbed = true;
        }

        if (item.Following.Length > 0 && _random.Chance(trouble / 2))
        {
            item.Following[_random.NextBelow(item.Following.Length)] ^= (byte)(1 << _random.NextBelow(8));
            _isDisturbed |= item.Length == 0;
        }

        return item;
    }

    private void Refuse(int entry, RefusalCode code)
    {
        _refused.Add(entry);
        _receiver.HandleRefused(entry, code);
    }

    private void Change(int entry) => _files[entry] = _files[entry] with { Change = _files[entry].Change + 1 };

    private List<ContentDigest> Contents(int entry, long version)
    {
        long size = _files[entry].Size;
        int count = (int)Math.Max(1, (size + ChunkSize.Of(size) - 1) / ChunkSize.Of(size));
        return [.. Enumerable.Range(0, count).Select(chunk => Content(entry, version, chunk))];
    }

    private ContentDigest Content(int entry, long version, int chunk)
    {
        Span<byte> name = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(name, entry);
        BinaryPrimitives.WriteInt64LittleEndian(name[4..], version);
        BinaryPrimitives.WriteInt32LittleEndian(name[12..], chunk);
        _hash.Append(name);
        return _hash.Finish();
    }

    /// <summary>A unit on its way, and what follows it; of a chunk its content as a digest.</summary>
    private readonly record struct Item(byte[] Unit, byte[] Following, ContentDigest Content, int Length);
}
