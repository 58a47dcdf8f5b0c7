using Aldis.Protocols.Files;

namespace Aldis.Services.Inbox;

/// <summary>What a file becomes when it is whole.</summary>
/// <param name="Path">The path it should get.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Mode">The permissions it keeps.</param>
/// <param name="ModifiedNs">When its content last changed, in nanoseconds since 1970; 0 where that is unknown.</param>
/// <param name="Mark">Whose it is (<see cref="TransferIdentity.MarkOf"/>).</param>
/// <param name="Policy">What is done where something has the path.</param>
internal sealed record ReceivedFile(
    string Path, long Length, UnixFileMode Mode, long ModifiedNs, ReadOnlyMemory<byte> Mark, ConflictPolicy Policy);
