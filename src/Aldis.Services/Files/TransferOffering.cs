using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;

namespace Aldis.Services.Files;

/// <summary>The opening of a transfer as its source writes it, the same on every connection.</summary>
internal sealed class TransferOffering
{
    /// <summary>Puts an opening together.</summary>
    /// <param name="client">The id in the client's preface.</param>
    /// <param name="request">How the transfer is to be made.</param>
    /// <param name="entries">What is offered.</param>
    public TransferOffering(string client, TransferRequest request, IReadOnlyList<ManifestEntry> entries)
    {
        Manifest = ManifestText.Write(entries);
        var opening = new TransferOpening
        {
            IsVerify = request.IsVerify,
            Key = request.Key,
            EntryCount = entries.Count,
            ManifestBytes = Manifest.Length,
            Algorithm = request.Algorithm,
            Policy = request.Policy,
        };
        byte[] unit = new byte[ControlUnit.Size];
        opening.Write(unit);
        Unit = unit;
        Digest = ManifestText.Digest(request.Algorithm, client, unit, Manifest.Span);
        byte[] end = new byte[ContentDigest.Size];
        Digest.CopyTo(end);
        End = end;
    }

    /// <summary>The unit that opens it.</summary>
    public ReadOnlyMemory<byte> Unit { get; }

    /// <summary>The records.</summary>
    public ReadOnlyMemory<byte> Manifest { get; }

    /// <summary>m.</summary>
    public ContentDigest Digest { get; }

    /// <summary>m as bytes.</summary>
    public ReadOnlyMemory<byte> End { get; }
}
