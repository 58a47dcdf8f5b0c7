using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>Options with what was agreed put in; connections that agreed on the same share them.</summary>
internal sealed class AgreementCache
{
    private Parameters _granted;
    private ConnectionOptions? _own;
    private ConnectionOptions? _agreed;
    private bool _isServer;

    public ConnectionOptions Apply(in Parameters granted, ConnectionOptions own, bool isServer)
    {
        if (_agreed is null || granted != _granted || !ReferenceEquals(own, _own) || isServer != _isServer)
        {
            _granted = granted;
            _own = own;
            _isServer = isServer;
            _agreed = granted.ApplyTo(own, isServer);
        }

        return _agreed;
    }
}
