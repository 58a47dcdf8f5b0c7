using Aldis.Protocols.Files;

namespace Aldis.Protocols.Tests.Files;

/// <summary>One file on a <see cref="TransferDisk"/>.</summary>
internal sealed class Slot
{
    /// <summary>What it is a part of, or the whole.</summary>
    public ManifestEntry? Token { get; set; }

    /// <summary>The contents of the chunks that were written.</summary>
    public List<ContentDigest> Written { get; } = [];

    /// <summary>The chain values behind them.</summary>
    public List<ContentDigest> Chains { get; } = [];

    /// <summary>How many of them a crash leaves.</summary>
    public int Synced { get; set; }

    /// <summary>The chain values that are noted: a resume begins behind the last.</summary>
    public List<ContentDigest> Noted { get; } = [];

    public bool IsWhole { get; set; }

    /// <summary>What has the final name.</summary>
    public List<ContentDigest>? Final { get; set; }

    public bool IsNameDurable { get; set; }

    public bool HasWork => Final is not null ? !IsNameDurable : Noted.Count < Written.Count || Synced < Written.Count || IsWhole;

    public void Reset(ManifestEntry token)
    {
        Token = token;
        Written.Clear();
        Chains.Clear();
        Noted.Clear();
        Synced = 0;
        IsWhole = false;
        Final = null;
        IsNameDurable = false;
    }
}
