namespace Aldis.Protocols.Messages;

/// <summary>
/// What a server remembers of the messages it took from one client, by the CRC-32C of their payloads: at least those whose
/// acknowledgement the client may not have seen, which are the last window of them (docs/protocols/messages.md section 4.1).
/// </summary>
public interface IMessageHistory
{
    /// <summary>The CRC-32C of the message that was taken under a number.</summary>
    /// <param name="sequence">A number that was taken, committed or not.</param>
    /// <param name="crc">The CRC; 0 on failure.</param>
    /// <returns>False if it is not known any more.</returns>
    bool TryGetCrc(long sequence, out uint crc);
}
