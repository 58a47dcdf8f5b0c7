namespace Aldis.Protocols.Files;

/// <summary>What to do next with a file that grows, and is followed (docs/command.md section 11).</summary>
internal enum FollowAction
{
    /// <summary>Nothing, for now.</summary>
    Wait,

    /// <summary>Send a piece.</summary>
    Send,

    /// <summary>Begin with the file anew: somebody emptied it (copytruncate).</summary>
    StartOver,

    /// <summary>Go to the file that has the name now: this one is read to its end (rename and create).</summary>
    GoOn,
}

/// <summary>What is seen of a file that is followed, at one moment.</summary>
/// <param name="Offset">Everything before is sent and confirmed.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsSame">Whether the bytes before the offset are those that were sent.</param>
/// <param name="HasName">Whether it still has the name under which it is followed.</param>
/// <param name="Quiet">For how long it has not grown.</param>
/// <param name="SincePiece">How long ago the last piece was sent.</param>
internal readonly record struct FollowLook(long Offset, long Length, bool IsSame, bool HasName, TimeSpan Quiet, TimeSpan SincePiece);

/// <summary>When a piece of a growing file is sent, and where rotations begin and end.</summary>
internal static class FollowRule
{
    /// <summary>The most bytes of a piece.</summary>
    public const int MaxPieceBytes = 16 * 1024 * 1024;

    /// <summary>So many bytes are sent without waiting for more.</summary>
    public const int FullPieceBytes = 1024 * 1024;

    /// <summary>How long what is less is waited for more.</summary>
    public static readonly TimeSpan PieceTime = TimeSpan.FromSeconds(10);

    /// <summary>How long a file whose name another took is still written to: by those who had it open.</summary>
    public static readonly TimeSpan GraceTime = TimeSpan.FromSeconds(5);

    /// <summary>Decides.</summary>
    /// <param name="look">What is seen.</param>
    /// <returns>What to do, and of <see cref="FollowAction.Send"/> how many bytes may be sent.</returns>
    public static (FollowAction Action, int Bytes) Decide(in FollowLook look)
    {
        long bytes = look.Length - look.Offset;
        if (bytes < 0 || !look.IsSame)
        {
            return (FollowAction.StartOver, 0);
        }

        if (bytes > 0 && (bytes >= FullPieceBytes || look.SincePiece >= PieceTime || !look.HasName))
        {
            return (FollowAction.Send, (int)Math.Min(bytes, MaxPieceBytes));
        }

        return bytes == 0 && !look.HasName && look.Quiet >= GraceTime ? (FollowAction.GoOn, 0) : (FollowAction.Wait, 0);
    }

    /// <summary>Where a piece ends, so that no line is cut in two where that can be helped.</summary>
    /// <param name="end">The last bytes of what may be sent.</param>
    /// <param name="bytes">How many bytes that is.</param>
    /// <param name="isLast">Whether nothing follows that the rest of a line could come with.</param>
    /// <returns>Bytes of the piece, at least 1; 0 to wait for the end of the line.</returns>
    public static int Cut(ReadOnlySpan<byte> end, int bytes, bool isLast)
    {
        int newline = end.LastIndexOf((byte)'\n');
        if (isLast || newline == end.Length - 1)
        {
            return bytes;
        }

        return newline >= 0 ? bytes - (end.Length - 1 - newline) : bytes >= FullPieceBytes ? bytes : 0;
    }
}
