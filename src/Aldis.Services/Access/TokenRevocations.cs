using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Aldis.Journal.Storage;
using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;

namespace Aldis.Services.Access;

/// <summary>
/// The tokens that somebody took back without touching the file of tokens, which may be written by a program, or not be writable at all
/// (docs/tokens.md section 3). Kept by their hashes in a file of the server's own, so that a restart gives none back; what was taken back does
/// not count whatever the file of tokens says. Thread-safe.
/// </summary>
internal sealed class TokenRevocations
{
    /// <summary>The file's name in the directory of the server's data.</summary>
    public const string FileName = "tokens.revoked";

    private const int MostBytes = TokenFile.MaxBytes;
    private const string Head =
        "# Tokens that were taken back at the dashboard: they do not count, whatever the file of tokens says. Read at the start; a line that is\n"
        + "# taken out gives its token back at the next one.\n";

    private readonly string? _path;
    private readonly Lock _lock = new();
    private volatile FrozenDictionary<UInt128, Revocation> _revoked;

    private TokenRevocations(string? path, IEnumerable<Revocation> revoked) =>
        (_path, _revoked) = (path, revoked.ToFrozenDictionary(static one => one.Key));

    /// <summary>None, kept nowhere.</summary>
    public TokenRevocations()
        : this(path: null, [])
    {
    }

    /// <summary>Reads what was taken back before.</summary>
    /// <param name="path">The file; where there is none, nothing was.</param>
    /// <exception cref="FormatException">It cannot be read, or is no such file; the message names it and the line, and what to do.</exception>
    public static TokenRevocations Open(string path)
    {
        string[] lines;
        try
        {
            lines = !File.Exists(path) ? [] : new FileInfo(path).Length <= MostBytes ? File.ReadAllLines(path) : throw new FormatException(
                $"{path} is longer than {MostBytes} bytes: it is none that this server wrote.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path} cannot be read: {exception.Message}", exception);
        }

        var revoked = new List<Revocation>();
        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index].Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                revoked.Add(Revocation.Parse(line) ?? throw new FormatException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: line {index + 1} is no token that was taken back (NAME sha256:HASH at=TIME): mend it, or take the line out.")));
            }
        }

        return new TokenRevocations(path, revoked.DistinctBy(static one => one.Key));
    }

    /// <summary>When a token was taken back.</summary>
    /// <param name="hash">Its hash, 32 bytes.</param>
    /// <returns>Null where it was not.</returns>
    public DateTimeOffset? Find(ReadOnlySpan<byte> hash) =>
        _revoked.TryGetValue(Revocation.KeyOf(hash), out Revocation? found) && found.Hash.Span.SequenceEqual(hash) ? found.At : null;

    /// <summary>Takes a token back, for good: it counts no longer once this has returned, and does not after a restart.</summary>
    /// <param name="token">The token.</param>
    /// <param name="now">The wall clock.</param>
    /// <exception cref="IOException">The file cannot be written; the token counts as before.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public void Add(TokenEntry token, DateTimeOffset now) => Change(revoked =>
        revoked[Revocation.KeyOf(token.Hash.Span)] = new Revocation(token.Name, token.Hash, now));

    /// <summary>Gives a token back.</summary>
    /// <param name="token">The token; one that was not taken back changes nothing.</param>
    /// <inheritdoc cref="Add" path="/exception"/>
    public void Remove(TokenEntry token) => Change(revoked => revoked.Remove(Revocation.KeyOf(token.Hash.Span)));

    private void Change(Action<Dictionary<UInt128, Revocation>> change)
    {
        lock (_lock)
        {
            var next = new Dictionary<UInt128, Revocation>(_revoked);
            change(next);
            if (_path is not null)
            {
                Save(_path, next.Values);
            }

            _revoked = next.ToFrozenDictionary();
        }
    }

    private static void Save(string path, IEnumerable<Revocation> revoked)
    {
        var text = new StringBuilder(Head);
        foreach (Revocation one in revoked.OrderBy(static one => one.At))
        {
            text.Append(CultureInfo.InvariantCulture, $"{one}\n");
        }

        string draft = path + ".draft";
        FileStorage storage = FileStorage.Instance;
        WholeFile.Put(storage, path, draft, Encoding.ASCII.GetBytes(text.ToString()));
        storage.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>One that was taken back.</summary>
    private sealed record Revocation(string Name, ReadOnlyMemory<byte> Hash, DateTimeOffset At)
    {
        private const string AtField = "at=";

        public UInt128 Key => KeyOf(Hash.Span);

        public static UInt128 KeyOf(ReadOnlySpan<byte> hash) => TokenTable.KeyOf(hash);

        public static Revocation? Parse(string line)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words is [var name, var hash, var at] && ClientId.IsValid(name) && TokenFile.TryReadHash(hash) is { } bytes
                && at.StartsWith(AtField, StringComparison.Ordinal)
                && DateTimeOffset.TryParseExact(
                    at[AtField.Length..], TokenFile.MomentForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? new Revocation(name, bytes, time)
                : null;
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Name} {TokenFile.HashPrefix}{Convert.ToHexStringLower(Hash.Span)} {AtField}{At.UtcDateTime.ToString(TokenFile.MomentForm, CultureInfo.InvariantCulture)}");
    }
}
