using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Aldis.Protocols.Access;

/// <summary>
/// The tokens of a server, found by their hashes. Only the SHA-256 of what was shown enters: whoever shows a token that begins as a right one
/// does has another hash from its first byte on, so no time that this takes says how much of a token is right. Immutable.
/// </summary>
internal sealed class TokenTable
{
    /// <summary>The first bytes of a hash, by which it is found: no two tokens of a table share them.</summary>
    internal const int KeyBytes = 16;

    private readonly Dictionary<UInt128, TokenEntry> _entries;

    /// <summary>Makes a table.</summary>
    /// <param name="entries">Its tokens, whose hashes differ in their first <see cref="KeyBytes"/> bytes.</param>
    /// <exception cref="ArgumentException">Two share them.</exception>
    public TokenTable(IEnumerable<TokenEntry> entries) => _entries = entries.ToDictionary(static entry => KeyOf(entry.Hash.Span));

    /// <summary>How many tokens there are.</summary>
    public int Count => _entries.Count;

    /// <summary>The tokens, in no order.</summary>
    public IReadOnlyCollection<TokenEntry> Entries => _entries.Values;

    /// <summary>Finds a token.</summary>
    /// <param name="hash">The hash of what was shown, 32 bytes.</param>
    /// <returns>Null where it is none of these.</returns>
    public TokenEntry? Find(ReadOnlySpan<byte> hash) =>
        _entries.TryGetValue(KeyOf(hash), out TokenEntry? entry) && CryptographicOperations.FixedTimeEquals(entry.Hash.Span, hash) ? entry : null;

    /// <summary>Says whether what was shown may be used for something.</summary>
    /// <param name="hash">Its hash, 32 bytes.</param>
    /// <param name="service">The conversation.</param>
    /// <param name="client">The client's id.</param>
    /// <param name="rights">What the client wants to do; none where it has not said yet.</param>
    /// <param name="now">The wall clock.</param>
    /// <returns>The verdict.</returns>
    public TokenVerdict Judge(ReadOnlySpan<byte> hash, string service, string client, ClientRights rights, DateTimeOffset now) =>
        Find(hash)?.Judge(service, client, rights, now) ?? TokenVerdict.Unknown;

    /// <summary>What a hash is found by in a table.</summary>
    /// <param name="hash">The hash, 32 bytes.</param>
    internal static UInt128 KeyOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128BigEndian(hash);
}
