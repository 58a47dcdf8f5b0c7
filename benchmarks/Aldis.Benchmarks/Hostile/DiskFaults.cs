using System.Buffers.Binary;

namespace Aldis.Benchmarks.Hostile;

/// <summary>What benchmarks/tools/faults.c reads: how syncs of one process fail, set from here while that runs.</summary>
internal sealed class DiskFaults : IDisposable
{
    public const int NoSpace = 28;
    public const int InputOutput = 5;
    public const int QuotaExceeded = 122;
    private const int Length = 12;

    private readonly FileStream _control;

    /// <summary>Makes a disk without faults.</summary>
    /// <param name="ground">Where.</param>
    /// <param name="name">What the path of a file contains whose syncs are meant.</param>
    public DiskFaults(Ground ground, string name)
    {
        string path = ground.NewFolder() + ".faults";
        _control = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        Set(0, TimeSpan.Zero);
        _control.SetLength(Length);
        Environment = new()
        {
            ["LD_PRELOAD"] = ground.Faults ?? throw new NotSupportedException("this attack needs a C compiler (cc)"),
            ["FAULTS_CONTROL"] = path,
            ["FAULTS_NAME"] = name,
        };
    }

    /// <summary>What a process on this disk is started with.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Syncs that failed or were late.</summary>
    public int Touched => Field(8);

    /// <summary>Lets syncs fail with an errno, or 0, after a time.</summary>
    public void Set(int error, TimeSpan delay)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, error);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], (int)delay.TotalMilliseconds);
        RandomAccess.Write(_control.SafeFileHandle, bytes, 0);
    }

    public void Dispose() => _control.Dispose();

    private int Field(int offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        return RandomAccess.Read(_control.SafeFileHandle, bytes, offset) == bytes.Length ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;
    }
}
