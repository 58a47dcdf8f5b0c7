using System.Buffers;
using System.Text;

namespace Aldis.Dashboard.Api;

/// <summary>Text and JSON on their way to one write.</summary>
internal sealed class PendingText
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Takes bytes.</summary>
    public IBufferWriter<byte> Writer => _buffer;

    /// <summary>Whether nothing is there.</summary>
    public bool IsEmpty => _buffer.WrittenCount == 0;

    /// <summary>What is there; valid until the next change.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>Adds text as UTF-8.</summary>
    /// <param name="text">The text.</param>
    public void WriteText(string text) => _ = Encoding.UTF8.GetBytes(text, _buffer);

    /// <summary>Forgets what is there.</summary>
    public void Clear() => _buffer.ResetWrittenCount();
}
