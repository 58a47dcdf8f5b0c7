using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Aldis.Protocols.Files;

namespace Aldis.Services.Integrity;

/// <summary>
/// BLAKE3 by its authors' own code, where that is linked into the command (docs/decisions/0025-a-linked-hash.md): it asks the processor what it
/// has, while what is compiled ahead of time has to keep to what every processor has.
/// </summary>
internal sealed partial class LinkedBlake3Hash : ContentHash
{
    // What blake3_hasher takes is 1,912 bytes in every version so far.
    private const int StateBytes = 4096;

    // It holds no address and may be moved between two calls. Pinned for good it would stay until the collector looks at everything, and every
    // connection has some.
    private readonly byte[] _state = new byte[StateBytes];

    /// <summary>Begins a hash of nothing.</summary>
    public LinkedBlake3Hash() => Initialize(_state);

    /// <summary>Whether it is there. Said by who builds the command, so that a compiler ahead of time leaves out the other one.</summary>
    [FeatureSwitchDefinition("Aldis.HasLinkedBlake3")]
    public static bool IsLinked => AppContext.TryGetSwitch("Aldis.HasLinkedBlake3", out bool isLinked) && isLinked;

    /// <inheritdoc/>
    public override void Append(ReadOnlySpan<byte> data) => Update(_state, data, (nuint)data.Length);

    /// <inheritdoc/>
    public override ContentDigest Finish()
    {
        Span<byte> digest = stackalloc byte[ContentDigest.Size];
        FinalizeTo(_state, digest, (nuint)digest.Length);
        Initialize(_state);
        return new ContentDigest(digest);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // The memory is the collector's.
    }

    [LibraryImport("blake3", EntryPoint = "blake3_hasher_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Initialize(Span<byte> state);

    [LibraryImport("blake3", EntryPoint = "blake3_hasher_update")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Update(Span<byte> state, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport("blake3", EntryPoint = "blake3_hasher_finalize")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void FinalizeTo(Span<byte> state, Span<byte> digest, nuint length);
}
