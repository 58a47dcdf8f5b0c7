using Aldis.Protocols.Files;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Files;

/// <summary>
/// The disk of a receiver, as far as a transfer sees it: what was written, what of it a crash leaves, and what is noted. Each step of
/// syncing and renaming is taken on its own, in any order among the files.
/// </summary>
internal sealed class TransferDisk(SeededRandom random, TransferDefect defect)
{
    private readonly Dictionary<int, Slot> _slots = [];

    /// <summary>How often any file got its name.</summary>
    public Dictionary<int, int> Renames { get; } = [];

    public bool HasWork => _slots.Values.Any(static slot => slot.HasWork);

    public EntryAnswer Answer(int entry, ManifestEntry described)
    {
        Slot slot = Slot(entry);
        if (slot.Final is not null)
        {
            return slot.Token!.IsSameState(described) && defect != TransferDefect.ForgetsWhatWasStored
                ? new EntryAnswer { Kind = TransferUnitKind.Have }
                : defect == TransferDefect.ForgetsWhatWasStored ? Begin(slot, described, isChanged: false)
                : slot.Final.Count == Chunks(described) ? new EntryAnswer { Kind = TransferUnitKind.Prove }
                : new EntryAnswer { Kind = TransferUnitKind.Nak, Code = RefusalCode.Exists };
        }

        bool isOther = slot.Token is not null && !slot.Token.IsSameState(described);
        if (slot.Token is null || (isOther && defect != TransferDefect.ResumesOtherState))
        {
            return Begin(slot, described, isOther);
        }

        // The last chunk is sent again where only the name was missing.
        int noted = Math.Min(slot.Noted.Count, Chunks(described) - 1);
        slot.Written.RemoveRange(noted, slot.Written.Count - noted);
        slot.Noted.RemoveRange(noted, slot.Noted.Count - noted);
        slot.Synced = noted;
        slot.IsWhole = false;
        slot.Token = described;
        return noted == 0
            ? new EntryAnswer { Kind = TransferUnitKind.Want }
            : new EntryAnswer { Kind = TransferUnitKind.Resume, Offset = (long)noted * ChunkSize.Of(described.Size), Chain = slot.Noted[^1] };
    }

    public void Write(int entry, ContentDigest content, ContentDigest chain, bool isLast)
    {
        Slot slot = Slot(entry);
        slot.Written.Add(content);
        slot.Chains.RemoveRange(slot.Written.Count - 1, Math.Max(0, slot.Chains.Count - slot.Written.Count + 1));
        slot.Chains.Add(chain);
        slot.IsWhole = isLast;
    }

    public void Discard(int entry) => _slots.Remove(entry);

    /// <summary>Takes one step for some file.</summary>
    /// <param name="verified">Told the chunks that are durable.</param>
    /// <param name="stored">Told the file that is stored.</param>
    public void Work(Action<int, int> verified, Action<int> stored)
    {
        int[] busy = [.. _slots.Where(static pair => pair.Value.HasWork).Select(static pair => pair.Key).Order()];
        if (busy.Length == 0)
        {
            return;
        }

        int entry = busy[random.NextBelow(busy.Length)];
        Slot slot = Slot(entry);
        if (slot.Final is not null)
        {
            slot.IsNameDurable = true;
            stored(entry);
        }
        else if (defect == TransferDefect.NotesBeforeSync && slot.Noted.Count < slot.Written.Count)
        {
            slot.Noted.Add(slot.Chains[slot.Noted.Count]);
        }
        else if (slot.Synced < slot.Written.Count)
        {
            slot.Synced++;
        }
        else if (slot.Noted.Count < slot.Synced)
        {
            slot.Noted.Add(slot.Chains[slot.Noted.Count]);
            if (!slot.IsWhole || slot.Noted.Count < slot.Written.Count)
            {
                verified(entry, slot.Noted.Count);
            }
        }
        else
        {
            Renames[entry] = Renames.GetValueOrDefault(entry) + 1;
            slot.Final = [.. slot.Written];
        }
    }

    /// <summary>The machine dies: what was not synced is there, gone, or garbage.</summary>
    public void Crash()
    {
        foreach ((int entry, Slot slot) in _slots)
        {
            for (int chunk = slot.Synced; chunk < slot.Written.Count; chunk++)
            {
                slot.Written[chunk] = random.Chance(0.5) ? slot.Written[chunk] : default;
            }

            if (slot.Final is not null && !slot.IsNameDurable)
            {
                if (random.Chance(0.5))
                {
                    slot.Final = null;
                    Renames[entry]--;
                }
                else
                {
                    // Found under its name when the directory is opened, which is synced then.
                    slot.IsNameDurable = true;
                }
            }

            int keep = Math.Max(slot.Noted.Count, Math.Min(slot.Synced, slot.Written.Count));
            slot.Written.RemoveRange(keep, slot.Written.Count - keep);
            slot.IsWhole &= slot.Final is not null;
        }
    }

    /// <summary>Whether a file is stored, durable and under its name, with this content.</summary>
    public bool Holds(int entry, IReadOnlyList<ContentDigest> content) =>
        Slot(entry) is { Final: { } final, IsNameDurable: true } && final.SequenceEqual(content);

    public IReadOnlyList<ContentDigest>? Content(int entry) => Slot(entry).Final;

    private static int Chunks(ManifestEntry entry) => (int)Math.Max(1, (entry.Size + ChunkSize.Of(entry.Size) - 1) / ChunkSize.Of(entry.Size));

    private static EntryAnswer Begin(Slot slot, ManifestEntry described, bool isChanged)
    {
        slot.Reset(described);
        return new EntryAnswer { Kind = TransferUnitKind.Want, IsChanged = isChanged };
    }

    private Slot Slot(int entry)
    {
        if (!_slots.TryGetValue(entry, out Slot? slot))
        {
            _slots.Add(entry, slot = new Slot());
        }

        return slot;
    }
}
