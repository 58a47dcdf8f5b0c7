using System.Buffers.Binary;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Integrity;

namespace Aldis.Services.Inbox;

/// <summary>What tells one transfer's file from all others: the client, the transfer's key and the path.</summary>
internal static class TransferIdentity
{
    private const int NameBytes = 16;

    /// <summary>What the files are called that hold what there is of it: 32 hexadecimal digits.</summary>
    /// <param name="client">The client's id.</param>
    /// <param name="key">The transfer's key.</param>
    /// <param name="path">The path, as it is stored.</param>
    public static string NameOf(string client, string key, string path) =>
        Convert.ToHexStringLower(Hash(client, key, path)[..NameBytes]);

    /// <summary>
    /// What is kept with a stored file, so that a repeat of the same transfer is confirmed again: whose it is, and of which state of the
    /// source.
    /// </summary>
    /// <param name="client">The client's id.</param>
    /// <param name="key">The transfer's key.</param>
    /// <param name="path">The path, as it is stored.</param>
    /// <param name="entry">The state of the source.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] MarkOf(string client, string key, string path, ManifestEntry entry)
    {
        Span<byte> state = stackalloc byte[Sha256.HashBytes + (3 * sizeof(long))];
        Hash(client, key, path).CopyTo(state);
        BinaryPrimitives.WriteInt64LittleEndian(state[Sha256.HashBytes..], entry.Size);
        BinaryPrimitives.WriteInt64LittleEndian(state[(Sha256.HashBytes + 8)..], entry.ModifiedNs);
        BinaryPrimitives.WriteInt64LittleEndian(state[(Sha256.HashBytes + 16)..], entry.Change);
        return Sha256.HashData(state);
    }

    // Neither an id nor a key has a line's end in it.
    private static byte[] Hash(string client, string key, string path) =>
        Sha256.HashData(Encoding.UTF8.GetBytes($"{client}\n{key}\n{path}"));
}
