namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>What may happen next.</summary>
internal enum ExplorerMove : byte
{
    /// <summary>A datagram under way arrives.</summary>
    Deliver,

    /// <summary>A datagram under way arrives, and at once the acknowledgement of it.</summary>
    Answer,

    /// <summary>The client's application writes a frame.</summary>
    Write,

    /// <summary>An application ends its stream.</summary>
    Finish,

    /// <summary>An application gives its connection up.</summary>
    Abort,

    /// <summary>An end whose peer is gone loses patience.</summary>
    Wait,

    /// <summary>A datagram under way is lost.</summary>
    Drop,

    /// <summary>A datagram under way arrives and is still under way.</summary>
    Duplicate,

    /// <summary>The next timer of an end fires.</summary>
    FireTimer,
}

/// <summary>One move: what, from which side (0 client, 1 server), and on which datagram under way.</summary>
internal readonly record struct ExplorerStep(ExplorerMove Move, int Side, int Index)
{
    /// <summary>Whether it counts against the bounds.</summary>
    public bool IsFault => Move >= ExplorerMove.Drop;

    /// <summary>As a small number.</summary>
    public ushort Pack() => (ushort)(((int)Move << 8) | (Side << 7) | Index);

    /// <summary>What <see cref="Pack"/> made.</summary>
    public static ExplorerStep Unpack(ushort value) => new((ExplorerMove)(value >> 8), (value >> 7) & 1, value & 127);
}
