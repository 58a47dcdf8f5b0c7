using Aldis.Services.Files;

namespace Aldis.Services.Hosting;

/// <summary>What an open connection is at, as far as its counters say: what it waits for, and since when.</summary>
internal readonly record struct ConnectionSituation
{
    /// <summary>How long no byte moved, to a second.</summary>
    public TimeSpan Quiet { get; init; }

    /// <summary>How long ago a header or preface was begun that is not whole yet, to a second; null where none is.</summary>
    public TimeSpan? HeaderAge { get; init; }

    /// <summary>Bytes that the message lacks which is being received; 0 where none is.</summary>
    public long MissingBytes { get; init; }

    /// <summary>Whether the server has something to say and waits until the client reads what it has.</summary>
    public bool AwaitsReader { get; init; }

    /// <summary>Bytes that the client has not read then; otherwise 0.</summary>
    public long UnreadBytes { get; init; }

    /// <summary>Messages that were taken and are not acknowledged yet: they wait for the store.</summary>
    public long WaitingMessages { get; init; }

    /// <summary>Whether it is not read, to save memory.</summary>
    public bool AwaitsMemory { get; init; }

    /// <summary>Why it is to end; <see cref="StopCause.None"/> while it is not.</summary>
    public StopCause Stop { get; init; }

    /// <summary>The file it receives; null where it receives none.</summary>
    public FileIntake? File { get; init; }
}
