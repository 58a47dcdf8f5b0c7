using System.Buffers;

namespace Aldis.Protocols.Messages;

/// <summary>What a server remembers of the last messages it took from one client: at least the last window of them, by their CRC.</summary>
public interface IMessageHistory
{
    /// <summary>Compares a repeated message with what was taken under its number.</summary>
    /// <param name="sequence">A number that was taken, committed or not.</param>
    /// <param name="payload">The repeat.</param>
    /// <returns>The verdict.</returns>
    RepeatVerdict Compare(long sequence, in ReadOnlySequence<byte> payload);
}
