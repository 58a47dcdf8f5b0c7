namespace Aldis.Protocols.Arq.Wire;

/// <summary>What a PROBE is for; the receiver answers every kind alike.</summary>
internal enum ProbeKind : byte
{
    Ping = 0,
    Mtu = 1,
    Blocked = 2,
    KeepAlive = 3,
}
