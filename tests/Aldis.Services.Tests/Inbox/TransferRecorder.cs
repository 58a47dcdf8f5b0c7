using Aldis.Protocols.Files;
using Aldis.Services.Inbox;

namespace Aldis.Services.Tests.Inbox;

/// <summary>What a transfer's observer was told.</summary>
internal sealed class TransferRecorder : ITransferObserver
{
    private readonly Lock _gate = new();

    public Dictionary<int, long> Verified { get; } = [];

    public Dictionary<int, string> Stored { get; } = [];

    public Dictionary<int, (RefusalCode Code, string Detail)> Refused { get; } = [];

    /// <summary>Entries that were told of under another name.</summary>
    public HashSet<int> Renamed { get; } = [];

    public void HandleVerified(int entry, long offset)
    {
        lock (_gate)
        {
            Assert.True(offset > Verified.GetValueOrDefault(entry));
            Verified[entry] = offset;
        }
    }

    public void HandleStored(int entry, string path, bool isRenamed)
    {
        lock (_gate)
        {
            Assert.False(Refused.ContainsKey(entry));
            Stored.Add(entry, path);
            if (isRenamed)
            {
                Renamed.Add(entry);
            }
        }
    }

    public void HandleRefused(int entry, RefusalCode code, string detail)
    {
        lock (_gate)
        {
            Assert.False(Stored.ContainsKey(entry));
            Refused.Add(entry, (code, detail));
        }
    }
}
