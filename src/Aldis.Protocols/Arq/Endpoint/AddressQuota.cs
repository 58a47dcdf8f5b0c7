namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>How many accepted connections each address holds.</summary>
/// <param name="most">How many it may.</param>
internal sealed class AddressQuota(int most)
{
    private readonly Dictionary<UInt128, int> _held = [];

    public bool TryTake(UInt128 address)
    {
        int held = _held.GetValueOrDefault(address);
        if (held >= most)
        {
            return false;
        }

        _held[address] = held + 1;
        return true;
    }

    public void Return(UInt128 address)
    {
        int held = _held.GetValueOrDefault(address) - 1;
        if (held <= 0)
        {
            _held.Remove(address);
        }
        else
        {
            _held[address] = held;
        }
    }
}
